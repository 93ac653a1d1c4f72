"""Bridges: the hybrids between a study's creations, added to its runs."""
