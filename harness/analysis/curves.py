"""The learning curves of all runs as one table, and how fast each run got where all methods of its row get."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

COLUMNS = (
    "step",
    "epoch",
    "lr",
    "train_loss",
    "val_loss",
    "val_top1",
    "grad_norm_head",
    "grad_norm_backbone",
    "val_average_precision",
)

LEVEL = "val_level"
"""What a curve shows beside the loss: top-1, or where images have several labels mean average precision."""


def curves(records: list[dict[str, Any]]) -> pd.DataFrame:
    """One row for each point of each run's curve, by run and step; losses in nats, fractions in percent."""
    points = [point for record in records for point in record.get("curve") or []]
    runs = [record["run_id"] for record in records for _ in record.get("curve") or []]
    values = pd.DataFrame(points, columns=list(COLUMNS))
    table = pd.DataFrame({"run_id": runs}, dtype=object)
    for name in COLUMNS:
        table[name] = pd.to_numeric(values[name], errors="coerce").astype(float)
    table[LEVEL] = table["val_top1"].fillna(table["val_average_precision"])
    return table.sort_values(["run_id", "step"], kind="stable", ignore_index=True)


_TOLERANCE = 1e-9  # a mean of equal numbers may differ from them in the last place


def targets(table: pd.DataFrame) -> pd.DataFrame:
    """For each row of the map the level that all its arms reach on average at their end, from finished runs.

    `target_level` is the lowest of the arms' mean final validation top-1 (percent), or of several labels an image mean
    average precision, `target_loss` the highest of their mean final validation losses (nats).
    """
    finished = table[table["status"] == "finished"]
    finished = finished.assign(
        **{LEVEL: finished["val_top1"].where(finished["targets"].isna(), finished["val_average_precision"])}
    )
    means = finished.groupby(["row", "arm"])[[LEVEL, "val_loss"]].mean().reset_index()
    grouped = means.groupby("row")
    return pd.DataFrame({"target_level": grouped[LEVEL].min(), "target_loss": grouped["val_loss"].max()})


def _first(points: pd.DataFrame, reached: pd.Series[bool]) -> pd.Series[float]:
    return points[reached].groupby("run_id")["step"].min()


def _area(points: pd.DataFrame) -> pd.Series[float]:
    """Mean height of `val_level` over the steps, in percent (trapezoidal rule, divided by the steps)."""
    known = points.dropna(subset=[LEVEL])
    by_run = known.groupby("run_id")
    width = by_run["step"].diff()
    height = (known[LEVEL] + by_run[LEVEL].shift()) / 2
    sums = pd.DataFrame({"run_id": known["run_id"], "area": width * height, "width": width}).groupby("run_id").sum()
    return sums["area"] / sums["width"].where(sums["width"] > 0)


def with_convergence(table: pd.DataFrame, points: pd.DataFrame) -> pd.DataFrame:
    """The table with `steps_to_target`, `steps_to_loss_target` and `auc` added.

    Steps are those of the first evaluation at or beyond the target; infinite where a run with a curve never
    reached it (censored), NaN where there is no curve or no target.
    """
    goals = table[["run_id", "row"]].merge(targets(table), left_on="row", right_index=True, how="left")
    joined = points.merge(goals, on="run_id")
    measured = table["run_id"].isin(points["run_id"].unique())
    goals = goals.set_index("run_id").reindex(table["run_id"])
    slack = _TOLERANCE * joined[["target_level", "target_loss"]].abs()
    result = table.copy()
    reached = {
        "steps_to_target": (
            "target_level",
            joined[LEVEL] >= joined["target_level"] - slack["target_level"],
        ),
        "steps_to_loss_target": (
            "target_loss",
            joined["val_loss"] <= joined["target_loss"] + slack["target_loss"],
        ),
    }
    for name, (target, mask) in reached.items():
        steps = table["run_id"].map(_first(joined, mask)).astype(float)
        known = measured & goals[target].notna().to_numpy()
        result[name] = steps.fillna(np.inf).where(known)
    result["auc"] = table["run_id"].map(_area(points)).astype(float)
    return result
