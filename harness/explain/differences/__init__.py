"""The kinds of difference, one a file.

A variant is a function `(first, second) -> Difference | None` of two subjects.
"""
