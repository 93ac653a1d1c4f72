"""The factors in which two creations can differ, one a file.

A variant is a function `(first, second) -> Factor | None` of two built models; its module's name is what `bridge.takes`
and the tables call it.
"""
