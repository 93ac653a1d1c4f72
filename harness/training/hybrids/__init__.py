"""Hybrid models: one creation with some factors of another, for the Shapley attribution of a bridge between the two."""
