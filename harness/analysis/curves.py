"""The learning curves of all runs as one long table."""

from __future__ import annotations

from typing import Any

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
)


def curves(records: list[dict[str, Any]]) -> pd.DataFrame:
    """One row for each point of each run's curve, by run and step; losses in nats, top-1 in percent."""
    points = [point for record in records for point in record.get("curve") or []]
    runs = [record["run_id"] for record in records for _ in record.get("curve") or []]
    values = pd.DataFrame(points, columns=list(COLUMNS))
    table = pd.DataFrame({"run_id": runs}, dtype=object)
    for name in COLUMNS:
        table[name] = pd.to_numeric(values[name], errors="coerce").astype(float)
    return table.sort_values(["run_id", "step"], kind="stable", ignore_index=True)
