"""The recipe: optimizer and schedule."""
