"""What an audit looks for: one finding a file, a function `(case) -> findings` that bears the module's name.

The id is that name with hyphens. A finding that lacks what it needs raises `NotCheckedError` with the reason.
"""
