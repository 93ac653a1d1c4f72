"""What a mistake in the evaluation costs: points, seconds and memory, beside a proper evaluation of the same model."""

from __future__ import annotations

import pandas as pd

from harness.analysis.findings import Findings
from harness.analysis.metric import validated
from harness.analysis.pairing import UNIT, by_seed
from harness.analysis.statistics import summarise

MIB = 2**20
KEYS = ["row", "arm"]


def conditions(found: Findings) -> pd.DataFrame:
    """For each cell with a condition the points that it costs, and its time and memory as multiples of a proper one's.

    Points are proper minus condition within each run, which is one trained model, so that nothing but the evaluation
    differs; the interval is over runs. Time and memory are medians over runs. Empty where every evaluation is proper.
    """
    metric = validated(found.study.metric)
    rows = [_row(record, metric) for record in found.records if _is_mistake(record)]
    if not rows:
        return pd.DataFrame()
    table = found.runs[["run_id", *KEYS, *UNIT]].merge(pd.DataFrame(rows), on="run_id")
    costs = table.groupby(KEYS, sort=False)[["time_ratio", "memory_ratio", "peak_mib"]].median().reset_index()
    points = summarise(by_seed(table, KEYS), KEYS, "lost", found.study.margin)
    points = points.rename(columns={"mean": "lost_mean", "low": "lost_low", "high": "lost_high"})
    about = table.drop_duplicates(KEYS)[[*KEYS, "condition", "batch_size"]]
    labels = found.cells[[*KEYS, "backbone", "data", "row_label"]]
    result = labels.merge(about, on=KEYS).merge(points, on=KEYS).merge(costs, on=KEYS)
    told = ["n", "lost_mean", "lost_low", "lost_high", "time_ratio", "memory_ratio", "peak_mib"]
    return result.rename(columns={"row_label": "cell"})[["backbone", "data", "cell", "condition", "batch_size", *told]]


def _is_mistake(record: dict[str, object]) -> bool:
    """Whether the test part was handled wrongly; a planted effect is a control, and has a table of its own."""
    block = record.get("evaluation")
    return isinstance(block, dict) and bool(block) and "expected_cost" not in block


def _row(record: dict[str, object], metric: str) -> dict[str, object]:
    block, metrics = record["evaluation"], record["metrics"]
    assert isinstance(block, dict)
    assert isinstance(metrics, dict)
    return {
        "run_id": record["run_id"],
        "condition": block["name"],
        "batch_size": block["batch_size"],
        "lost": metrics[f"proper_{metric}"] - metrics[metric],
        "time_ratio": block["seconds_per_image"] / block["proper_seconds_per_image"],
        "memory_ratio": block["peak_bytes"] / block["proper_peak_bytes"],
        "peak_mib": block["peak_bytes"] / MIB,
    }
