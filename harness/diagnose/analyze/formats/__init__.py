"""An analysis written down: each public module is one form, found by its name, a function `(analysis) -> str`."""
