"""Outcomes beside the study's metric: loss, calibration, shift, and what a mistake in the evaluation costs."""

from __future__ import annotations

import re

import pandas as pd

from harness.analysis.choices import validated
from harness.analysis.findings import Findings
from harness.analysis.pairing import UNIT, against_baseline, by_seed
from harness.analysis.statistics import summarise

OUTCOMES = (
    "loss",
    "calibration_error",
    "average_precision",
    "f1_macro",
    "f1_micro",
    "f1_macro_half",
    "f1_micro_half",
    "shift_top1",
    "shift_balanced_accuracy",
    "shift_loss",
    "shift_calibration_error",
)
"""Metrics of a record, in this order; of the loss in nats, of the others in percent but for the Brier score."""

CLINICAL = ("auroc", "average_precision", "sensitivity_at_specificity", "specificity_reached", "brier_score")
"""Told of two classes, and of several labels an image, by whoever recorded an operating point."""

OF_SEVERAL = ("average_precision", "f1_macro", "f1_micro", "f1_macro_half", "f1_micro_half")
"""Told where images have several labels."""

KIND = re.compile("shift_.+_top1")


def outcomes(found: Findings) -> pd.DataFrame:
    """For each cell and outcome its mean over runs, and the paired difference to the baseline with its interval.

    Under shift top-1 is told for each kind as well. Empty where no run knows more than top-1 and loss.
    """
    metrics = pd.DataFrame([record.get("metrics") or {} for record in found.records])
    several = found.runs["targets"].notna().any()  # of one class an image AUROC and its like stand in each record
    names = [name for name in OUTCOMES if name in metrics and (several or name not in OF_SEVERAL)]
    if several or _two_classes(found):
        names += [name for name in CLINICAL if "sensitivity_at_specificity" in metrics and name not in names]
    if names in ([], ["loss"]):
        return pd.DataFrame()
    names += sorted(name for name in map(str, metrics) if KIND.fullmatch(name))
    metrics["run_id"] = [record["run_id"] for record in found.records]
    known = found.runs[["run_id", "row", "arm", *UNIT, "baseline", "status"]].merge(metrics, on="run_id")
    known = known[known["status"] == "finished"]
    tables = []
    for name in names:
        table = known.assign(score=pd.to_numeric(known[name], errors="coerce")).dropna(subset=["score"])
        levels = table.groupby(["row", "arm"], sort=False)["score"].agg(n="count", mean="mean").reset_index()
        pairs = by_seed(against_baseline(table), ["row", "arm"])
        differences = summarise(pairs, ["row", "arm"], "difference", found.study.margin)
        differences = differences.rename(columns={"mean": "diff_mean", "low": "diff_low", "high": "diff_high"})
        columns = ["row", "arm", "diff_mean", "diff_low", "diff_high"]
        tables.append(levels.merge(differences[columns], on=["row", "arm"], how="left").assign(measure=name))
    labels = found.cells[["row", "arm", "backbone", "data", "row_label", "arm_label"]]
    result = labels.merge(pd.concat(tables), on=["row", "arm"]).drop(columns=["row", "arm"])
    result = result.rename(columns={"row_label": "cell", "arm_label": "arm"})
    return result[["backbone", "data", "cell", "arm", "measure", "n", "mean", "diff_mean", "diff_low", "diff_high"]]


def _two_classes(found: Findings) -> bool:
    return bool((found.runs["num_classes"] == 2).all())


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
    """Whether the test part was evaluated wrongly; a positive control has a table of its own."""
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
