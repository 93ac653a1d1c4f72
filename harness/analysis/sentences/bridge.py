"""How much of the gap each single difference makes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from harness.analysis.attribution import Attribution, interval
from harness.analysis.findings import Findings
from harness.analysis.sentences.wording import count, listed
from harness.analysis.sentences.wording import interval as told
from harness.analysis.shapley import SweptFactor

PERCENT = 100


def bridge(found: Findings) -> Iterator[str]:
    """One sentence or a few for each bridge; nothing where the study has none."""
    cells = found.runs.drop_duplicates("cell_id").set_index("cell_id")
    for each in found.bridges:
        first, second = (cells.loc[cell].to_dict() for cell in (each.crossing.first, each.crossing.second))
        row = first["row_label"] or f"{first['backbone']} on {first['data']}"
        yield _sentence(each, row, first["arm_label"], second["arm_label"])


def _sentence(each: Attribution, row: str, first: str, second: str) -> str:
    gap = interval(each.gap)
    parts = [
        f"{told(*interval(each.shapley[factor.name]))}{_fraction(each, factor.name)} to {_the(factor)}"
        for factor in each.ranked
    ]
    text = (
        f"{row}: of the gap of {told(*gap)} points ({first} {np.mean(each.first):.1f}, {second} "
        f"{np.mean(each.second):.1f}; {count(len(each.seeds), 'seed')}) Shapley attribution gives {listed(parts)}."
    )
    if gap[1] <= 0 <= gap[2]:
        text += " The gap's interval contains zero, so that no fractions of it are given."
    text += _order(each)
    if each.error is not None:
        worst = max(each.error.values())
        orders = count(len(each.crossing.orders), "sampled order")
        text += f" The contributions are means over {orders}; their standard error is at most {worst:.2f} points."
    if each.incomplete:
        text += f" {count(len(each.incomplete), 'seed')} left out because of missing runs."
    return text


def _the(factor: SweptFactor) -> str:
    return factor.what if factor.what.startswith("the ") else f"the {factor.what}"


def _fraction(each: Attribution, factor: str) -> str:
    """` = 98 % [95, 101]`, empty where there is no gap."""
    bounds = [PERCENT * bound for bound in each.fraction(factor)]
    if np.isnan(bounds[0]):
        return ""
    fraction, low, high = (round(bound) for bound in bounds)
    return f" = {fraction} % [{low}, {high}]"


def _order(each: Attribution) -> str:
    """What the largest difference does first and last: where the two differ, the differences interact."""
    factor = each.ranked[0]
    alone, last = interval(each.first_in[factor.name]), interval(each.last_in[factor.name])
    if len(each.crossing.factors) == 1:
        return ""
    return f" Changing {_the(factor)} alone adds {told(*alone)} points, changing it last {told(*last)} points."
