"""Rival causes of a gap, one a file: how each was tested from the records, and what came of it."""
