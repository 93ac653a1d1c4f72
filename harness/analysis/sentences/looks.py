"""How many seeds a study until decided has used."""

from __future__ import annotations

from collections.abc import Iterator

from harness.analysis.findings import Findings
from harness.analysis.sentences.wording import count, listed, of


def looks(found: Findings) -> Iterator[str]:
    """Comparisons decided, seeds used by them and by the study, and what the intervals hold."""
    if found.looks is None or not len(found.looks.table):
        return
    plan, ruling = found.looks.plan, found.looks.ruling
    decided = int(ruling.decided.sum())
    total = len(ruling.looks)
    ends = {}
    for size, number in zip(plan.looks, range(1, len(plan.looks) + 1), strict=True):
        at = int((ruling.decided & (ruling.looks == number)).sum())
        if at:
            ends[size] = at
    after = "; ".join(f"{number} after {size} seeds" for size, number in ends.items())
    used = found.runs[found.runs["seed"].isin(plan.seeds)].groupby(["row", "arm"])["seed"].nunique()
    spent, most = int(used.sum()), len(used) * plan.looks[-1]
    yield (
        f"Until decided, at most {plan.looks[-1]} seeds: {of(decided, total, 'comparison')} decided"
        f"{f' ({after})' if after else ''}, with {count(spent, 'run')} where {plan.looks[-1]} seeds everywhere are "
        f"{most:,}. Looks after {listed(plan.looks)} seeds; the intervals of all {len(plan.looks)} looks and "
        f"{count(plan.comparisons, 'comparison')} hold together with 95 %."
    )
