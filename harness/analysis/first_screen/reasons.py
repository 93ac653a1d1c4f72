"""The third and the fourth line: the cause with its share of the gap, and what is not the cause."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from harness.analysis.alternatives import INITIALISATION
from harness.analysis.attribution import PERCENT, Attribution
from harness.analysis.equalities import repeated, same_initialisation
from harness.analysis.findings import Findings
from harness.analysis.first_screen.example import Example
from harness.analysis.first_screen.names import differing
from harness.analysis.gaps import Gap, gaps
from harness.analysis.heads import unlike_heads
from harness.analysis.sentences.scope import machinery
from harness.analysis.sentences.wording import count, listed


def cause(found: Findings, of: Example, tables: Mapping[str, pd.DataFrame]) -> str:
    """What makes the gap, and how much of it; or that this study does not tell."""
    every = gaps(found, found.contrasts)
    if unlike_heads(found, of.arm, _place(found, of)):
        return "Cause: one side starts with a trained head, the other with a new one; no more can be told apart."
    if found.bridges:
        return f"Cause: {_attributed(found, of)}"
    with_gap = [gap for gap in every if len(gap.robust)]
    if not with_gap:
        return "" if found.about_creation else f"What differs: {_setting(found, of)}."
    if not found.about_creation:
        return f"Cause: {_setting(found, of)}."
    outcome = tables["rivals.csv"].set_index("cause").at[INITIALISATION, "outcome"]
    equal, total = same_initialisation(found, {gap.place[0] for gap in with_gap})
    if outcome == "shown":
        given = "the same distribution" if total else "the other's distribution"
        told = f" (in {equal} of {total} pairs)" if total else ""
        return (
            f"Cause: the head's initial weights, 100 % of the gap: given {given}, one method repeats the other's run, "
            f"number by number{told}."
        )
    open_on = sorted({gap.place[0] for gap in with_gap if not same_initialisation(found, [gap.place[0]])[1]})
    if outcome == "not ruled out" and open_on and equal == total:
        return (
            f"Cause: the head's initial weights, 100 % of the gap, where it was tried: given the same distribution, "
            f"{equal} of {total} pairs of runs become equal; not separated on {listed(open_on)}."
        )
    if outcome == "not ruled out":
        return (
            "Cause: more than the head's initial weights, or another one: given the same distribution, only "
            f"{equal} of {total} pairs of runs become equal."
        )
    return "Cause: not separated in this study, where no method was given the other's initial head."


def _place(found: Findings, of: Example) -> tuple[str, ...]:
    return tuple(str(of.method[name]) for name in found.axes.place)


def _setting(found: Findings, of: Example) -> str:
    """Where the settings compared are the cause by construction."""
    columns = differing(found, of)
    shared = "its seed" if any(name.startswith(("data", "transforms")) for name in columns) else "seed and images"
    return f"the two sides differ in {listed(f'`{name}`' for name in columns)} alone; each pair of runs shares {shared}"


def _attributed(found: Findings, of: Example) -> str:
    """The largest contribution to the example's own gap, and its range over all attributions of the same factor."""
    cells = found.runs.drop_duplicates("cell_id").set_index("cell_id")["row"]
    sides = (of.baseline["cell_id"], of.method["cell_id"])
    own = [each for each in found.bridges if (each.crossing.first, each.crossing.second) == sides]
    own = own or [each for each in found.bridges if cells[each.crossing.first] == of.row] or found.bridges
    each = own[0]
    factor = each.ranked[0]
    text = f"{_the(factor.what)}, {_share(each, factor.name)} of the gap"
    others = [other for other in found.bridges if other is not each and other.ranked[0].name == factor.name]
    known = [round(PERCENT * other.fraction(factor.name)[0]) for other in others if _has_gap(other)]
    if known:
        text += f", and {_range(known)} of {count(len(known), 'other gap')}"
    return f"{text} (Shapley attribution over {count(len(each.crossing.factors), 'difference')})."


def _has_gap(each: Attribution) -> bool:
    return not np.isnan(each.fraction(each.ranked[0].name)[0])


def _the(what: str) -> str:
    return what if what.startswith("the ") else f"the {what}"


def _share(each: Attribution, factor: str) -> str:
    """`98 % [85 to 115]`; an interval of no width is left out."""
    if not _has_gap(each):
        return "no measurable share"
    fraction, low, high = (round(PERCENT * bound) for bound in each.fraction(factor))
    return f"{fraction} %" + (f" ({low} to {high})" if low != high else "")


def _range(values: list[int]) -> str:
    return f"{min(values)} %" if min(values) == max(values) else f"{min(values)} to {max(values)} %"


_SHORT = {
    "leakage between the splits": "leakage",
    "other dropout or drop-path rates": "dropout rates",
    "different preprocessing": "preprocessing",
    "another variant (tag) of the weights": "other weights",
    "chance": "chance",
}
"""What is named of the explanations that are ruled out."""


def excluded(found: Findings, of: Example, tables: Mapping[str, pd.DataFrame]) -> str:
    """A warning where machines are mixed; else the control that shows no gap, and what is ruled out."""
    for warning in machinery(found):
        return warning
    every = gaps(found, [of.arm])
    shown = any(len(gap.robust) for gap in every)
    parts = [_control(found, of, every)] if shown else []
    if found.about_creation and shown:
        parts.append(_ruled_out(tables["rivals.csv"]))
    elif found.nulls.judged:
        parts.append(
            f"Chance: {found.nulls.excluding} of {found.nulls.judged} comparisons of a method with itself show a "
            "difference; 5 % is what chance makes."
        )
    return " ".join(part for part in parts if part)


def _ruled_out(explanations: pd.DataFrame) -> str:
    """Some of the explanations that are ruled out by name, and how many of all but the head's initialisation."""
    table = explanations[explanations["cause"] != INITIALISATION]
    ruled = set(table.loc[table["outcome"] == "ruled out", "cause"])
    named = [short for cause, short in _SHORT.items() if cause in ruled]
    if not named:
        return ""
    total = f"all {len(table)}" if len(ruled) == len(table) else f"{len(ruled)} of {len(table)}"
    return f"Not the cause: {', '.join(named)} ({total} other explanations are ruled out)."


def _control(found: Findings, of: Example, every: list[Gap]) -> str:
    """A network on which the same two methods show no gap in any configuration."""
    for backbone in dict.fromkeys(gap.place[0] for gap in every):
        here = [gap for gap in every if gap.place[0] == backbone]
        if backbone == str(of.method["backbone"]) or not all(gap.no_effect for gap in here):
            continue
        same = repeated(found.equalities, of.arm, [found.baseline or 0], backbone) is not None
        told = ", where both give the same runs," if same else ""
        return f"Control: {backbone}{told} shows no gap in {count(sum(len(gap.judged) for gap in here), 'comparison')}."
    return ""
