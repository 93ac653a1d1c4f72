"""Which single difference makes what share of the gap."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from harness.analysis.attribution.attribution import Attribution, interval
from harness.analysis.attribution.crossing import SweptFactor
from harness.analysis.findings import Findings
from harness.analysis.sentences.wording import count, listed
from harness.analysis.sentences.wording import interval as told

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
        f"{told(*interval(each.shapley[trait.name]))}{_share(each, trait.name)} from {_the(trait)}"
        for trait in each.ranked
    ]
    text = (
        f"{row}: of the gap of {told(*gap)} points ({first} {np.mean(each.first):.1f}, {second} "
        f"{np.mean(each.second):.1f}; {count(len(each.seeds), 'seed')}) there come {listed(parts)}."
    )
    if gap[1] <= 0 <= gap[2]:
        text += " The gap's interval holds zero, so that there are no shares to tell."
    text += _order(each)
    if each.error is not None:
        worst = max(each.error.values())
        orders = count(len(each.crossing.orders), "sampled order")
        text += f" Means over {orders}, whose standard error is at most {worst:.2f} points."
    if each.incomplete:
        text += f" Left out, as runs are missing: {count(len(each.incomplete), 'seed')}."
    return text


def _the(trait: SweptFactor) -> str:
    return trait.what if trait.what.startswith("the ") else f"the {trait.what}"


def _share(each: Attribution, trait: str) -> str:
    """` = 98 % [95, 101]`, nothing where there is no gap to share."""
    bounds = [PERCENT * bound for bound in each.share(trait)]
    if np.isnan(bounds[0]):
        return ""
    share, low, high = (round(bound) for bound in bounds)
    return f" = {share} % [{low}, {high}]"


def _order(each: Attribution) -> str:
    """What the largest difference does first and last: where the two are unlike, differences depend on one another."""
    trait = each.ranked[0]
    alone, last = interval(each.first_in[trait.name]), interval(each.last_in[trait.name])
    if len(each.crossing.traits) == 1:
        return ""
    return f" Taking over {_the(trait)} alone adds {told(*alone)}, taking it over last {told(*last)}."
