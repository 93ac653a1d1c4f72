"""Each module is a whole program, as people fine-tune with; none imports any other part of the harness."""
