"""Leaving the command: 0 all well, 1 some run or check failed, 2 the request was wrong, 128 and more a signal."""

from __future__ import annotations

FAILED = 1
REQUEST_WRONG = 2
INTERRUPTED = 128
"""Plus the number of the signal, as shells have it: 130 after Ctrl-C, 143 after SIGTERM."""


class UserExit(SystemExit):
    """An orderly end with an exit code; passes through Hydra untouched."""
