"""Outcomes beside the study's metric: loss, calibration, and the same under shift."""

from __future__ import annotations

import re

import pandas as pd

from harness.analysis.findings import Findings
from harness.analysis.pairing import UNIT, against_baseline, by_seed
from harness.analysis.statistics import summarise

OUTCOMES = (
    "loss",
    "calibration_error",
    "shift_top1",
    "shift_balanced_accuracy",
    "shift_loss",
    "shift_calibration_error",
)
"""Metrics of a record, in this order; of the loss in nats, of the others in percent."""

KIND = re.compile("shift_.+_top1")


def outcomes(found: Findings) -> pd.DataFrame:
    """For each cell and outcome its mean over runs, and the paired difference to the baseline with its interval.

    Under shift top-1 is told for each kind as well. Empty where no run knows more than top-1 and loss.
    """
    metrics = pd.DataFrame([record.get("metrics") or {} for record in found.records])
    names = [name for name in OUTCOMES if name in metrics]
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
