"""Data sets: each public module is one, found by its name.

A variant is a function `(spec) -> Source`. Beside it the module may define `faults(spec) -> list[str]`, a check that is
cheap enough for every cell of a grid before any training.
"""
