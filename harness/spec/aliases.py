"""Keys of the command line that had another name once: still understood, and told of once."""

from __future__ import annotations

from functools import cache

from harness.spec.phase import say

ALIASES = {"probes": "monitors"}
"""The name of today by the earlier one."""


def current(key: str) -> str:
    """The name that a key has today; one that had another name is told of on standard error, once a process."""
    if key in ALIASES:
        _tell(key)
    return ALIASES.get(key, key)


@cache
def _tell(key: str) -> None:
    say(f"note: {key} is called {ALIASES[key]} now; the earlier name is still understood")
