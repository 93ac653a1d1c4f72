"""Shell completion of the companions, before Hydra's own of the keys and groups of a run."""

from __future__ import annotations

import os
from collections.abc import Sequence

from harness.cli.usage import commands, usage

LINE = "COMP_LINE"
"""Where each shell's script of Hydra's puts what has been typed so far."""

FLAGS = frozenset({"-sc", "--shell-completion"})


def complete(words: Sequence[str]) -> bool:
    """Answer a shell's question as far as it is about a companion; returns whether that is all there is to answer.

    Where Hydra's keys can follow, the companion's name and its own keys are taken out of the line, and Hydra, which
    comes next, completes the rest.
    """
    line = os.environ.get(LINE, "")
    if not (FLAGS & set(words) and any(word.startswith("query=") for word in words)):
        return False
    between = "\n" if "query=fish" in words else " "
    _, *typed = line.split()
    new = line.endswith(" ")
    if not typed or (len(typed) == 1 and not new):
        print(between.join(name for name in commands() if name.startswith(typed[0] if typed else "")))
        return False
    first, *others = typed
    if first not in commands():
        return False
    told, word = usage(first), "" if new else others[-1]
    offered = [f"{key.name}={choice}" for key in told.keys for choice in (key.choices or ("",))]
    print(between.join(each for each in offered if each.startswith(word)))
    keys = tuple(f"{key.name}=" for key in told.keys)
    left = [other for other in others if not other.startswith(keys)]
    os.environ[LINE] = " ".join([line.split()[0], *left]) + (" " if new else "")
    return not told.run or word.startswith(keys)
