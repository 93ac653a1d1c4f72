"""Where people look at runs: each tracker shows records, and none of them is needed for the truth."""
