"""What to do: the one line to change, and only where the numbers support it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pandas as pd

from harness.analysis.findings import Findings
from harness.analysis.fixes import Fix, fixes, lines
from harness.analysis.gaps import Gap
from harness.analysis.heads import unlike_heads
from harness.analysis.sentences.wording import listed, where
from harness.analysis.statistics import DIFFERENT


def _line(found: Findings, fix: Fix, backbones: Iterable[str]) -> str:
    """The line of code, or one for each kind of backbone where they differ."""
    wanted = set(backbones)
    known = lines(found, fix, wanted)
    by_line: dict[str, list[str]] = {}
    for backbone, line in known.items():
        by_line.setdefault(line, []).append(backbone)
    if len(by_line) == 1 and len(known) == len(wanted):
        return f"`{next(iter(by_line))}`"
    return listed(f"`{line}` ({listed(names)})" for line, names in by_line.items())


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
        backbones = {str(name) for gap in losing for name in gap.robust["backbone"]}
        told = [(fix, _line(found, fix, backbones)) for fix in fixes(found, losing)]
        places = listed(dict.fromkeys(where(gap.place) for gap in losing))
        if told:
            first, line = told[0]
            text = (
                f"Recommendation where {baseline} loses ({places}): add {line} after creating the model "
                f"({labels[first.arm]}, {first.mean:+.1f} points on average over the configurations with a gap)."
            )
            near = [(fix, each) for fix, each in told[1:3] if fix.mean >= first.mean - found.study.margin]
            more = [f"{each} ({fix.mean:+.1f})" for fix, each in near if each != line]
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
