"""What the study holds, and what is missing."""

from __future__ import annotations

from collections.abc import Iterator

from harness.analysis.findings import Findings
from harness.analysis.sentences.wording import count, spread


def scope(found: Findings) -> Iterator[str]:
    """Runs, cells and seeds; runs that diverged or failed; cells without a run."""
    seeds = found.runs.groupby(["row", "arm"])["seed"].nunique()
    yield f"{count(len(found.runs), 'run')} in {count(len(seeds), 'cell')}, {spread(seeds, 'seed')} a cell."
    thin = sum(bool(record.get("thin")) for record in found.records)
    if thin:
        yield (
            f"The records of {count(thin, 'run')} are thin: births, curves and predictions were left out when they "
            "were packed, and what is made from them is missing here."
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
        yield f"{count(absent, 'cell')} of the study {'has' if absent == 1 else 'have'} no run yet."


def incomparable(found: Findings) -> str:
    """Why there is no comparison to answer with."""
    if found.runs["score"].notna().sum() == 0:
        return f"No comparison: no run has a test {found.study.measure}."
    if found.baseline is None:
        told = ", ".join(f"{key}={value}" for key, value in found.study.baseline.items()) or "none is named"
        return f"No comparison: no run belongs to the baseline ({told})."
    if found.runs["arm"].nunique() == 1:
        return f"No comparison: the study has one arm only ({found.arm_labels[found.baseline]})."
    return "No comparison: no arm shares a row and a seed with the baseline."
