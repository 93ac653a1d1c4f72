"""What a data set is, and what follows from it for a run."""
