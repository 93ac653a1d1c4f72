"""What a study predicts of its runs, in a form that records can hold or refute."""
