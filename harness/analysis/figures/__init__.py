"""Figures, one a file: each a function from findings to a figure, or None where its data is missing."""
