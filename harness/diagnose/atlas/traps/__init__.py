"""Traps: what can go wrong with an architecture's head, read off its row. One a file; its name is the trap's id."""
