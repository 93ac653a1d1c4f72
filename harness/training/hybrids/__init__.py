"""Hybrids: one creation with some traits of another, the steps of a bridge between the two."""
