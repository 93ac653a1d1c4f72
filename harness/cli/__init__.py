"""The command line: a Hydra application, and companions that take the same overrides."""
