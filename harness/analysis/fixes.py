"""The lines of code that turn the baseline's model into that of a method which does better."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from harness.analysis.findings import Findings
from harness.analysis.gaps import Gap
from harness.analysis.statistics import DIFFERENT
from harness.model.head_lines import Head, redrawn, swapped, zeroed

CLASSES = "n"
"""Stands for the number of classes in a line that is for several models."""

_Line = Callable[[Sequence[Head], str], str]

_BY_INIT: dict[str, _Line] = {
    "zeros": lambda heads, classes: zeroed(heads),
    "torch_default": lambda heads, classes: redrawn(heads),
}
_BY_CREATION: dict[str, _Line] = {
    "reset_classifier": lambda heads, classes: f"model.reset_classifier({classes})",
    "swap_head": swapped,
}

_RANK = ("reset_classifier", "zeros", "torch_default", "swap_head")
"""Of lines that do as well, those that are the same for most architectures come first."""

_CLOSES = 0.9


@dataclass(frozen=True)
class Fix:
    """A method that wins where the baseline loses: its arm, what makes the change, and its mean gain in points."""

    arm: int
    what: str
    mean: float


def change(arm: dict[Any, Any], baseline: dict[Any, Any]) -> str | None:
    """The init scheme or creation method that makes the baseline's model the arm's, where one line does that."""
    if arm["creation"] == baseline["creation"] and baseline["init"] == "keep":
        return str(arm["init"]) if arm["init"] in _BY_INIT else None
    if arm["init"] == "keep" and baseline["creation"] == "create_model":
        return str(arm["creation"]) if arm["creation"] in _BY_CREATION else None
    return None


def line(what: str, heads: Sequence[Head], classes: object = CLASSES) -> str:
    """The line that makes a change to a model with these heads, for so many classes."""
    return {**_BY_INIT, **_BY_CREATION}[what](heads, str(classes))


def lines(found: Findings, fix: Fix, backbones: Iterable[str]) -> dict[str, str]:
    """The line for each backbone as the method's own records describe its heads, without those of which none does."""
    known: dict[str, str] = {}
    wanted = set(backbones)
    runs = found.runs[(found.runs["arm"] == fix.arm) & found.runs["backbone"].astype(str).isin(wanted)]
    records = {record["run_id"]: record for record in found.records}
    for run, backbone in zip(runs["run_id"], runs["backbone"].astype(str), strict=True):
        heads = (records[run].get("birth") or {}).get("head")
        if heads and backbone not in known:
            known[backbone] = line(fix.what, heads)
    return dict(sorted(known.items()))


def fixes(found: Findings, losing: list[Gap]) -> list[Fix]:
    """Methods that win where the baseline loses, best first; of those within the margin the most general line first.

    A method counts when it is compared in at least half of the configurations with a gap, is worse in none of them, and
    closes nine tenths of the gap.
    """
    rows = {row for gap in losing for row in gap.robust["row"]}
    backbones = {str(name) for gap in losing for name in gap.robust["backbone"]}
    cells = found.cells[found.cells["comparison"] & found.cells["row"].isin(rows) & (found.cells["verdict"] != "")]
    arms = found.runs.drop_duplicates("arm").set_index("arm")[["creation", "init"]].to_dict("index")
    baseline = arms[found.baseline]
    gap = float(pd.concat([gap.robust["diff_mean"] for gap in losing]).mean())
    ranked: list[Fix] = []
    for _, part in cells.groupby("arm", sort=False):
        arm = int(part["arm"].iloc[0])
        worse = (part["verdict_alone"] == DIFFERENT) & (part["diff_mean"] < 0)
        what = change(arms[arm], baseline)
        mean = float(part["diff_mean"].mean())
        if what and not worse.any() and len(part) >= len(rows) / 2 and mean >= _CLOSES * gap:
            fix = Fix(arm, what, mean)
            ranked += [fix] if lines(found, fix, backbones) else []
    best = max((fix.mean for fix in ranked), default=0.0)
    near = best - found.study.margin
    return sorted(ranked, key=lambda fix: (0, _RANK.index(fix.what)) if fix.mean >= near else (1, -fix.mean))
