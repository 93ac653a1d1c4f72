"""What the first steps cost beside the runs whose gap they tell."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from harness.records.archive import read_records


def run_seconds(study: Path) -> pd.DataFrame:
    """Seconds of all finished runs of each configuration: `total`, with building, evaluation and test, and `train`."""
    runs = [
        {"cell": record["cell_id"], "total": record["timing"]["total_s"], "train": record["timing"]["train_s"]}
        for record in read_records(study)
        if record["status"] == "finished"
    ]
    return pd.DataFrame(runs).groupby("cell").sum().round(3).reset_index()


def costs(settings: pd.DataFrame, seen: pd.DataFrame, seconds: pd.DataFrame) -> pd.DataFrame:
    """For each setting, as fractions: what the rehearsal took, over the steps of the runs (`of_steps`) and over the
    whole runs (`cost`).

    A machine that others use too is not equally fast at both. So the time of all steps is that of the first ones, taken
    in the same moments as the rest of the rehearsal, times their number; and the whole runs take as much longer as
    they did when they were run, with building, evaluation and test.
    """
    by_configuration = seconds.set_index("cell")
    on = ["first_cell", "second_cell"]
    table = settings[on].merge(seen[[*on, "seconds", "step_seconds", "fraction"]], on=on, validate="one_to_one")
    whole, trained = (
        sum(by_configuration[name].reindex(table[column]).to_numpy(float) for column in on)
        for name in ("total", "train")
    )
    of_steps = table["seconds"] * table["fraction"] / table["step_seconds"]
    return table.assign(of_steps=of_steps, cost=of_steps * trained / whole)
