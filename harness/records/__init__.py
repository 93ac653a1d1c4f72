"""Records are the truth: one folder a run, written atomically, read by everything that comes afterwards."""
