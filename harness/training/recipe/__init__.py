"""The recipe: optimiser and schedule."""
