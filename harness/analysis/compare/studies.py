"""Two studies compared: the same cells trained twice, by other code, at another time or on another machine."""

from __future__ import annotations

import pandas as pd

from harness.analysis.choices import TITLES
from harness.analysis.compare.comparison import Compared, Section
from harness.analysis.compare.side import Sweep
from harness.analysis.findings import Findings
from harness.analysis.findings import find as find_findings
from harness.analysis.frame import runs
from harness.analysis.pairing import MACHINERY, mixing, pair
from harness.analysis.statistics import judge, summarise
from harness.analysis.study import AnalysedStudy
from harness.spec.errors import RequestError

FIELDS = ("name", "arms", "baseline", "margin", "metric")


def compare_studies(a: Sweep, b: Sweep) -> Compared:
    """Which cells both have, which runs are equal, how far means are apart, and which verdicts changed.

    Cells and runs are those of one id; differences are b - a, paired by seed. The metric, and the margin of verdicts on
    these differences, are those of `a`.

    Raises:
        RequestError: one of the two has no records.
    """
    faults = [f"{key}: no run of {side.name} has ended" for key, side in (("a", a), ("b", b)) if not side.records]
    if faults:
        raise RequestError(faults)
    left, right = (runs(side.records, a.study.metric).table for side in (a, b))
    pairs = pair(right, left, ["cell_id"], ["trajectory", *MACHINERY])
    sections = [_study(a.study, b.study), _cells(left, right)]
    warnings: tuple[str, ...] = ()
    if len(pairs):
        found = [find_findings(side.study, side.records) for side in (a, b)]
        sections += [_equal(pairs), _means(pairs, _labels(found[0]), a.study), _verdicts(*found)]
        mixed = mixing(pairs)
        warnings = tuple(f"{count} of {len(pairs)} pairs of runs differ in {name}" for name, count in mixed.items())
    return Compared("study", a.name, b.name, tuple(sections), warnings)


def _study(a: AnalysedStudy, b: AnalysedStudy) -> Section:
    rows = tuple(
        (name, str(getattr(a, name)), str(getattr(b, name))) for name in FIELDS if getattr(a, name) != getattr(b, name)
    )
    if not rows:
        return Section("Study", ("Name, arms, baseline, margin and metric are the same.",))
    return Section("Study", (), ("differs", "a", "b"), rows)


def _cells(left: pd.DataFrame, right: pd.DataFrame) -> Section:
    rows = tuple(
        (name, len(ours & theirs), len(ours - theirs), len(theirs - ours))
        for name, column in (("cells", "cell_id"), ("runs", "run_id"))
        for ours, theirs in [(set(left[column]), set(right[column]))]
    )
    return Section("What both have", (), ("", "in both", "in a alone", "in b alone"), rows)


def _equal(pairs: pd.DataFrame) -> Section:
    equal = int((pairs["trajectory"] == pairs["trajectory_base"]).sum())
    return Section(
        "Number by number", (f"{equal} of {len(pairs)} runs that both have are equal in curve and final metrics.",)
    )


def _labels(found: Findings) -> dict[str, str]:
    """Each cell in words."""
    cells = found.runs.drop_duplicates("cell_id")
    columns = (cells[name].astype(str) for name in ("cell_id", "row_label", "arm_label"))
    return {cell: ", ".join(filter(None, (row, arm))) for cell, row, arm in zip(*columns, strict=True)}


def _means(pairs: pd.DataFrame, labels: dict[str, str], study: AnalysedStudy) -> Section:
    """The cells whose runs are not all equal, the largest difference first."""
    equal = (pairs["trajectory"] == pairs["trajectory_base"]).groupby(pairs["cell_id"]).all()
    title = f"Means of {TITLES[study.metric]}"
    apart = pairs[~pairs["cell_id"].map(equal)]
    if apart.empty:
        return Section(title, ("Every cell has the same runs, and so the same mean.",))
    table = summarise(apart, ["cell_id"], "difference", study.margin)
    means = apart.groupby("cell_id")[["score", "score_base"]].mean()
    table = judge(table, study.margin, "holm").join(means, on="cell_id")
    table = table.sort_values("mean", key=lambda values: values.abs(), ascending=False)
    rows = tuple(
        (
            labels[str(row.cell_id)],
            row.n,
            row.score_base,
            row.score,
            row.mean,
            row.low,
            row.high,
            row.verdict,
            row.p_holm,
        )
        for row in table.itertuples(index=False)
    )
    told = (f"{int(equal.sum())} of {len(equal)} cells are equal; the others, b - a in points, paired by seed:",)
    return Section(title, told, ("cell", "pairs", "a", "b", "b - a", "low", "high", "verdict", "p (Holm)"), rows)


def _verdicts(a: Findings, b: Findings) -> Section:
    """Verdicts on arms against each study's own baseline."""
    both = _judged(a).merge(_judged(b), on="cell_id", suffixes=("", "_b"))
    changed = both[both["verdict"] != both["verdict_b"]]
    labels = _labels(a)
    told = f"{len(both) - len(changed)} of {len(both)} verdicts on cells that both judge are the same."
    if changed.empty:
        return Section("Verdicts", (told,))
    rows = tuple(
        (labels[str(row.cell_id)], row.diff_mean, row.verdict or "none", row.diff_mean_b, row.verdict_b or "none")
        for row in changed.itertuples(index=False)
    )
    return Section("Verdicts", (told,), ("cell", "difference in a", "verdict in a", "in b", "verdict in b"), rows)


def _judged(found: Findings) -> pd.DataFrame:
    cells = found.runs.drop_duplicates(["row", "arm"])[["row", "arm", "cell_id"]]
    compared = found.cells[found.cells["pairs"] > 0]
    return compared.merge(cells, on=["row", "arm"])[["cell_id", "diff_mean", "verdict"]]
