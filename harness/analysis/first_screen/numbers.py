"""The first two lines: the two methods in one configuration, and where else there is a gap."""

from __future__ import annotations

import pandas as pd

from harness.analysis.axes import LR, OPTIMIZER
from harness.analysis.findings import Findings
from harness.analysis.first_screen.example import Example
from harness.analysis.first_screen.names import data, measure, methods, setup
from harness.analysis.gaps import gaps
from harness.analysis.sentences.wording import count, listed
from harness.analysis.statistics import DIFFERENT, EQUIVALENT

_MOST = 3
"""So many networks (data sets, transfer strategies) are told apart by name."""


def result(found: Findings, of: Example) -> str:
    """Both methods' test numbers in one configuration, their difference with its interval, how it was chosen."""
    first, second = methods(found, of)
    name = measure(found)
    text = f"{name[0].upper()}{name[1:]} {of.first:.1f} % with {first}, {of.second:.1f} % with {second}: "
    chosen = f" (of {of.of} comparisons the {of.why})" if of.of > 1 else ""
    return f"{text}{_difference(found, of)}. {setup(found, of)}{chosen}."


def _difference(found: Findings, of: Example) -> str:
    mean, low, high = of.difference
    words = "more"
    if mean < 0:
        mean, low, high, words = -mean, -high, -low, "less"
    mean, low, high = (round(value, 1) + 0.0 for value in (mean, low, high))  # no negative zero
    told = f"{mean:.1f} points {words}" if mean else "no difference"
    level = "95 %" if found.looks is None else "simultaneous 95 %"
    interval = f"{level} interval {low:.1f} to {high:.1f}, " if pd.notna(low) else ""
    told += f" ({interval}{count(of.seeds, 'seed')})"
    margin = f"± {found.study.margin:g} points"
    if of.verdict == DIFFERENT:
        return told + (f", below the {margin} that count" if max(-low, high) <= found.study.margin else "")
    return told + {EQUIVALENT: f", equal within {margin}", "": ", too few seeds for a verdict"}.get(
        of.verdict, ", undecided"
    )


def spread(found: Findings, of: Example) -> str:
    """In how many configurations of which network the method wins or loses, and by how much."""
    cells = found.cells[found.cells["comparison"] & (found.cells["arm"] == of.arm) & (found.cells["pairs"] > 0)]
    if len(cells) < 2:
        return ""
    robust = cells[cells["verdict"] == DIFFERENT]
    up, down = robust[robust["diff_mean"] > 0], robust[robust["diff_mean"] < 0]
    column = next((name for name in _PLURAL if cells[name].nunique() > 1), "")
    places = cells[column].nunique() if column else 0
    total = f"{count(len(cells), 'configuration')}{f' on {places} {_PLURAL[column]}' if places else ''}"
    if len(up) and len(down):
        told = f"wins in {len(up)} ({_sizes(up)}) and loses in {len(down)} ({_sizes(down)}) of {total}"
    elif len(robust):
        verb = "wins" if len(up) else "loses"
        parts = [("", cells)] if not column else cells.groupby(column, sort=False)
        named = [(f" on {data(str(name))}" if name else "", part) for name, part in parts]
        named = named if places <= _MOST else [(f" on {places} {_PLURAL[column]}", cells)]
        told = f"{verb} in " + "; in ".join(_counted(found, part, where) for where, part in named)
        told = told.replace(f" of {len(named[0][1])}", f" of {count(len(named[0][1]), 'configuration')}", 1)
    elif (cells["verdict"] == EQUIVALENT).all():
        told = f"is equal within ± {found.study.margin:g} points in all {total}"
    else:
        told = f"shows no difference yet in {total}"
    second = methods(found, of)[1]
    second = second if len(second) <= _SHORT else "the second method"
    return f"Where: {second} {told}.{_rates(found, of)}"


def _counted(found: Findings, cells: pd.DataFrame, where: str) -> str:
    """`14 of 18 configurations on resnet18 (0.5 to 38.4 points)`."""
    robust = cells[cells["verdict"] == DIFFERENT]
    if len(robust):
        return f"{len(robust)} of {len(cells)}{where} ({_sizes(robust)})"
    equal = f"equal within ± {found.study.margin:g} points"
    return f"none of {len(cells)}{where} ({equal if (cells['verdict'] == EQUIVALENT).all() else 'not all decided'})"


_SHORT = 40
"""Names of methods up to so many characters are said again."""

_PLURAL = {"backbone": "networks", "data": "data sets", "transfer": "transfer strategies"}


def _sizes(part: pd.DataFrame) -> str:
    low, high = (f"{value:.1f}" for value in (part["diff_mean"].abs().min(), part["diff_mean"].abs().max()))
    return f"{low} points" if low == high else f"{low} to {high} points"


def _rates(found: Findings, of: Example) -> str:
    """At which learning rates there is a gap, and at which none, in the example's network, data and optimizer."""
    if LR not in found.axes.row:
        return ""
    place = tuple(str(of.method[name]) for name in found.axes.place)
    here = next((gap for gap in gaps(found, [of.arm]) if gap.place == place), None)
    if here is None or not len(here.robust):
        return ""
    by_optimizer = here.by_lr()
    always, partly, never = by_optimizer.get(str(of.method.get(OPTIMIZER)), next(iter(by_optimizer.values())))
    rates = sorted([*always, *partly, *never])
    if len(rates) < 2:
        return ""
    verb = "wins" if here.sign > 0 else "loses" if here.sign < 0 else "differs"
    words = {"at": always, "in part at": partly, "not at": never}
    told = listed(f"{word} {_between(some, rates)}" for word, some in words.items() if some)
    told = told.replace("at ", "at learning rate ", 1)
    where = data(str(of.method["data"])) + (f" with {of.method[OPTIMIZER]}" if len(by_optimizer) > 1 else "")
    return f" On {where} it {verb} {told}."


def _between(some: list[float], every: list[float]) -> str:
    """`0.001 and 0.01`; of three or more that follow one another the first and the last."""
    some = sorted(some)
    at = every.index(some[0])
    if len(some) > 2 and every[at : at + len(some)] == some:
        return f"{some[0]:g} to {some[-1]:g}"
    return listed(some)
