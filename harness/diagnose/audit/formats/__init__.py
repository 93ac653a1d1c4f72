"""How reports are written: one format a file, a function from reports to text."""
