"""What to do: the one line to change, and only where the numbers support it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from harness.analysis.findings import Findings
from harness.analysis.gaps import Gap
from harness.analysis.heads import unlike_heads
from harness.analysis.sentences.wording import listed, where
from harness.analysis.statistics import DIFFERENT
from harness.model.heads.lines import Head, redrawn, swapped, zeroed

_BY_INIT: dict[str, Callable[[Sequence[Head]], str]] = {"zeros": zeroed, "torch_default": redrawn}
_BY_CREATION: dict[str, Callable[[Sequence[Head]], str]] = {
    "reset_classifier": lambda heads: "model.reset_classifier(n)",
    "swap_head": swapped,
}

RANK = ("reset_classifier", "zeros", "torch_default", "swap_head")
"""Of lines that do as well, those that are the same for most architectures come first."""

CLOSES = 0.9


def change(arm: dict[Any, Any], baseline: dict[Any, Any]) -> str | None:
    """The init scheme or creation method that makes the baseline's model the arm's, where one line does that."""
    if arm["creation"] == baseline["creation"] and baseline["init"] == "keep":
        return str(arm["init"]) if arm["init"] in _BY_INIT else None
    if arm["init"] == "keep" and baseline["creation"] == "create_model":
        return str(arm["creation"]) if arm["creation"] in _BY_CREATION else None
    return None


def one_line(what: str, heads: Sequence[Head]) -> str:
    """The line that makes a change to a model with these heads; `n` stands for the number of classes."""
    return {**_BY_INIT, **_BY_CREATION}[what](heads)


def _lines(found: Findings, arm: int, what: str, backbones: Iterable[str]) -> str:
    """The line for each backbone as the method's own records describe its heads; empty where they describe none."""
    known: dict[str, str] = {}
    wanted = set(backbones)
    runs = found.runs[(found.runs["arm"] == arm) & found.runs["backbone"].astype(str).isin(wanted)]
    records = {record["run_id"]: record for record in found.records}
    for run, backbone in zip(runs["run_id"], runs["backbone"].astype(str), strict=True):
        heads = (records[run].get("birth") or {}).get("head")
        if heads and backbone not in known:
            known[backbone] = one_line(what, heads)
    by_line: dict[str, list[str]] = {}
    for backbone in sorted(known):
        by_line.setdefault(known[backbone], []).append(backbone)
    if len(by_line) == 1 and len(known) == len(wanted):
        return f"`{next(iter(by_line))}`"
    return listed(f"`{line}` ({listed(names)})" for line, names in by_line.items())


@dataclass(frozen=True)
class _Fix:
    arm: str
    line: str
    mean: float
    rank: int


def _fixes(found: Findings, losing: list[Gap]) -> list[_Fix]:
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
    fixes = []
    for _, part in cells.groupby("arm", sort=False):
        arm = int(part["arm"].iloc[0])
        worse = (part["verdict_alone"] == DIFFERENT) & (part["diff_mean"] < 0)
        what = change(arms[arm], baseline)
        mean = float(part["diff_mean"].mean())
        if what and not worse.any() and len(part) >= len(rows) / 2 and mean >= CLOSES * gap:
            line = _lines(found, arm, what, backbones)
            if line:
                fixes.append(_Fix(found.arm_labels[arm], line, mean, RANK.index(what)))
    best = max((fix.mean for fix in fixes), default=0.0)
    return sorted(fixes, key=lambda fix: (0, fix.rank) if fix.mean >= best - found.study.margin else (1, -fix.mean))


def _tuned_away(found: Findings, losing: list[Gap]) -> bool:
    """Whether, with each method at its own best learning rate, not even an interval by itself excludes zero.

    At the losing places.
    """
    if found.best.empty:
        return False
    here = found.best[(found.best["tuned"] == found.best["tuned"].iloc[-1]) & (found.best["verdict"] != "")]
    hits = pd.Series(False, index=here.index)
    for gap in losing:
        mask = here["arm"] == gap.arm
        for column, value in zip(found.axes.place, gap.place, strict=True):
            mask &= here[column].astype(str) == value
        hits |= mask
    return bool(hits.any()) and not bool((here.loc[hits, "verdict_alone"] == DIFFERENT).any())


def advice(found: Findings, every: list[Gap]) -> Iterator[str]:
    """The line to change where the baseline loses; where it wins, is undecided, or where the choice has no effect."""
    if found.baseline is None:
        return
    labels = found.arm_labels
    baseline = labels[found.baseline]
    apart = [gap for gap in every if unlike_heads(found, gap.arm, gap.place)]
    for arms, places in _together(found, apart):
        yield (
            f"No conclusion follows for the choice between {baseline} and {listed(arms)} on {places}: one starts with "
            "a trained head, the other with a newly initialised one."
        )
    every = [gap for gap in every if all(gap is not other for other in apart)]
    losing = [gap for gap in every if gap.sign > 0]
    winning = [gap for gap in every if gap.sign < 0]
    if losing:
        fixes = _fixes(found, losing)
        places = listed(dict.fromkeys(where(gap.place) for gap in losing))
        if fixes:
            first = fixes[0]
            text = (
                f"Recommendation where {baseline} loses ({places}): add {first.line} after creating the model "
                f"({first.arm}, {first.mean:+.1f} points on average over the configurations with a gap)."
            )
            near = [fix for fix in fixes[1:3] if fix.mean >= first.mean - found.study.margin]
            more = [f"{fix.line} ({fix.mean:+.1f})" for fix in near if fix.line != first.line]
            yield text + (f" Equally good within {found.study.margin:g} points: {listed(more)}." if more else "")
        else:
            winners = listed(dict.fromkeys(labels[gap.arm] for gap in losing))
            yield f"Recommendation where {baseline} loses ({places}): use {winners}."
        if _tuned_away(found, losing):
            yield "Alternatively tune the learning rate: with each method at its own best one, no difference remains."
    for arms, places in _together(found, winning):
        yield f"{listed(arms)} {'lose' if len(arms) > 1 else 'loses'} on {places}: {baseline} needs no change there."
    judged = [gap for gap in every if len(gap.judged)]
    undecided = [gap for gap in judged if not len(gap.robust) and not gap.no_effect]
    for arms, places in _together(found, undecided):
        who = f"between {baseline} and {listed(arms)} " if len(found.contrasts) > 1 else ""
        yield f"Undecided {who}on {places}: more seeds are needed."
    without = [gap for gap in judged if gap.no_effect]
    if without and len(without) == len(judged) and not apart:
        who = "the creation method" if found.about_creation else "the choice of method"
        yield f"No change is needed: in this study {who} has no effect, and either may be used."
    elif len(found.contrasts) > 1 or apart:
        for arms, places in _together(found, without):
            yield f"The choice between {baseline} and {listed(arms)} has no effect on {places}."
    elif without:
        places = listed(dict.fromkeys(where(gap.place) for gap in without))
        who = "The creation method" if found.about_creation else "The choice of method"
        yield f"{who} has no effect on {places}: either may be used there."


def _together(found: Findings, gaps: list[Gap]) -> list[tuple[list[str], str]]:
    """Methods with the same places, and these places in words."""
    places: dict[str, list[str]] = {}
    for gap in gaps:
        places.setdefault(found.arm_labels[gap.arm], []).append(where(gap.place))
    arms: dict[str, list[str]] = {}
    for arm, named in places.items():
        arms.setdefault(listed(dict.fromkeys(named)), []).append(arm)
    return [(names, told) for told, names in arms.items()]
