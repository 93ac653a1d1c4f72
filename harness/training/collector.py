"""How often Python looks for objects that hold each other: seldom while libraries are imported, as usual in training.

Importing torch, timm and this package makes half a million objects that stay. Looking through them again and again took
1.3 of 8.5 CPU seconds of imports before a run.
"""

from __future__ import annotations

import gc

SELDOM = 100_000
"""Objects made between two collections."""

USUAL = gc.get_threshold()


def collect_seldom() -> None:
    """From now on, until training begins."""
    gc.set_threshold(SELDOM)


def collect_as_usual() -> None:
    """Where it was seldom: what there is by now is looked at no more."""
    if gc.get_threshold()[0] == SELDOM:
        gc.freeze()
        gc.set_threshold(*USUAL)
