"""How comparisons are written: one format a file, a function from a comparison to text."""
