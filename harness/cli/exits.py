"""Leaving the command: 0 all well, 1 some run or check failed, 2 the request was wrong."""

from __future__ import annotations

FAILED = 1
REQUEST_WRONG = 2
INTERRUPTED = 130


class UserExit(SystemExit):
    """An orderly end with an exit code; passes through Hydra untouched."""
