"""The gaps that training really gave."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from harness.records.archive import read_records


def measured(study: Path) -> pd.DataFrame:
    """Test top-1 in percent of every run of a study: one row a cell, one column a seed."""
    runs = [
        {"cell": record["cell_id"], "seed": record["spec"]["seed"], "top1": record["metrics"]["top1"]}
        for record in read_records(study)
        if record["status"] == "finished"
    ]
    table = pd.DataFrame(runs).pivot(index="cell", columns="seed", values="top1")
    return table.rename(columns=lambda seed: f"seed{seed}").reset_index().round(4)


def with_gaps(settings: pd.DataFrame, runs: pd.DataFrame) -> pd.DataFrame:
    """Settings with `gap` (second minus first, mean over paired seeds, in points), `error` (its standard error), the
    number of pairs `n` and both arms' means; a setting of which a run is missing is left out."""
    by_cell = runs.set_index("cell")
    first, second = (by_cell.reindex(settings[f"{side}_cell"]).reset_index(drop=True) for side in ("first", "second"))
    difference = second - first
    count = difference.notna().sum(axis=1)
    found = settings.reset_index(drop=True).assign(
        first_measured=first.mean(axis=1),
        second_measured=second.mean(axis=1),
        gap=difference.mean(axis=1),
        error=difference.std(axis=1) / count**0.5,
        n=count,
    )
    return found[count == len(by_cell.columns)].reset_index(drop=True)
