"""What the study holds and what is missing, on which machinery it ran, and how many seeds it used."""

from __future__ import annotations

from collections.abc import Iterator

from harness.analysis.findings import Findings
from harness.analysis.sentences.wording import count, listed, of, spread

NAMES = {
    "device": "devices",
    "threads": "numbers of threads",
    "precision": "precisions",
    "executor": "executors",
    "versions": "library versions",
}


def machinery(found: Findings) -> Iterator[str]:
    """One warning that names what is mixed, and in how many pairs."""
    if found.mixed:
        total = len(found.pairs)
        told = listed(f"{NAMES[kind]} ({count} of {total} pairs)" for kind, count in found.mixed.items())
        yield (
            f"Warning: the two sides of a comparison ran on different {told}; such differences are not due to the "
            "method alone."
        )


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
        f"{f' ({after})' if after else ''}, with {count(spent, 'run')}, where {plan.looks[-1]} seeds everywhere would "
        "be "
        f"{most:,}. Looks after {listed(plan.looks)} seeds; the intervals of all {len(plan.looks)} looks and "
        f"{count(plan.comparisons, 'comparison')} hold simultaneously with 95 % confidence."
    )


def scope(found: Findings) -> Iterator[str]:
    """Runs, configurations and seeds; runs that diverged or failed; configurations without a run."""
    seeds = found.runs.groupby(["row", "arm"])["seed"].nunique()
    yield (
        f"{count(len(found.runs), 'run')} in {count(len(seeds), 'configuration')}, {spread(seeds, 'seed')} per "
        "configuration."
    )
    thin = sum(bool(record.get("thin")) for record in found.records)
    if thin:
        yield (
            f"The records of {count(thin, 'run')} are reduced: initial diagnostics, curves and predictions were left "
            "out when they were archived, and what is computed from them is missing here."
        )
    diverged = int((found.runs["status"] == "diverged").sum())
    failed = int((found.runs["status"] == "failed").sum())
    if diverged:
        yield (
            f"{count(diverged, 'run')} diverged; each counts with the {found.study.measure} it recorded, or with "
            "chance level where it recorded none."
        )
    if failed:
        verb = "takes" if failed == 1 else "take"
        yield f"{count(failed, 'run')} failed and {verb} no part in any comparison."
    absent = len(set(found.study.cells) - set(found.runs["cell_id"]))
    if absent:
        yield f"{count(absent, 'configuration')} of the study {'has' if absent == 1 else 'have'} no run yet."


def incomparable(found: Findings) -> str:
    """Why there is no comparison to answer with."""
    if found.runs["score"].notna().sum() == 0:
        return f"No comparison: no run has a test {found.study.measure}."
    if found.baseline is None:
        told = ", ".join(f"{key}={value}" for key, value in found.study.baseline.items()) or "none is named"
        return f"No comparison: no run belongs to the baseline ({told})."
    if found.runs["arm"].nunique() == 1:
        return f"No comparison: the study has one method only ({found.arm_labels[found.baseline]})."
    return "No comparison: no method shares settings and a seed with the baseline."
