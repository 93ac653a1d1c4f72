"""What takes its time says so: a line once it does, and then how far it is."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")

SILENT_S = 2.0
"""What is done by then needs no word."""

EVERY_S = 15.0


def told_while(items: Iterable[Item], total: int, what: str) -> Iterator[Item]:
    """The items, with `WHAT: 1,200 of 5,216` on standard error when they take longer than a moment."""
    due = time.monotonic() + SILENT_S
    for done, item in enumerate(items):
        if time.monotonic() >= due:
            say(f"{what}: {done:,} of {total:,}")
            due = time.monotonic() + EVERY_S
        yield item


def say(line: str) -> None:
    """One line about what is going on, beside what is printed."""
    print(line, file=sys.stderr, flush=True)
