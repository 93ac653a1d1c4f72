"""The companions of a run, each the first word of a command: one module, one function of its name."""
