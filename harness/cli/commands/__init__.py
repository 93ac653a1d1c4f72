"""The companions of a run, each the first word of a command: one module, one function of its name.

A module opens with its purpose in one line and declares its keys and examples as `USAGE`: help and completion read
both.
"""
