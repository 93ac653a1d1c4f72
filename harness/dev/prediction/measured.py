"""The gaps that training really gave."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from harness.records.archive import read_records


def measured(study: Path) -> pd.DataFrame:
    """Test top-1 in percent of every run of a study: one row a cell, one column a seed, splits averaged."""
    runs = [
        {"cell": record["cell_id"], "seed": record["spec"]["seed"], "top1": record["metrics"]["top1"]}
        for record in read_records(study)
        if record["status"] == "finished"
    ]
    table = pd.DataFrame(runs).pivot_table(index="cell", columns="seed", values="top1")
    return table.rename(columns=lambda seed: f"seed{seed}").reset_index().round(4)


def differences(settings: pd.DataFrame, runs: pd.DataFrame) -> pd.DataFrame:
    """Second arm minus first by paired seed, in points: one row a setting, one column a seed, NaN without a run."""
    by_cell = runs.set_index("cell")
    first, second = (by_cell.reindex(settings[f"{side}_cell"]).reset_index(drop=True) for side in ("first", "second"))
    return second - first


def with_gaps(settings: pd.DataFrame, runs: pd.DataFrame) -> pd.DataFrame:
    """Settings with `gap` (second minus first, mean over paired seeds, in points), `error` (its standard error), the
    number of pairs `n` and both arms' means; a setting of which a run is missing is left out."""
    difference, means = differences(settings, runs), runs.set_index("cell").mean(axis=1)
    count = difference.notna().sum(axis=1)
    found = settings.reset_index(drop=True).assign(
        first_measured=means.reindex(settings["first_cell"]).to_numpy(),
        second_measured=means.reindex(settings["second_cell"]).to_numpy(),
        gap=difference.mean(axis=1),
        error=difference.std(axis=1) / count**0.5,
        n=count,
    )
    return found[count == len(difference.columns)].reset_index(drop=True)
