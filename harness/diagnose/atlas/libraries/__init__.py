"""The libraries that the atlas can measure: one a file, found by its name."""
