"""What the first steps cost beside the runs whose gap they tell, both measured on the same machine."""

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
    """For each setting the seconds of the rehearsal (`seconds`), of the runs of both methods (`runs`), and `cost`, the
    first over the second."""
    by_configuration = seconds.set_index("cell")["total"]
    on = ["first_cell", "second_cell"]
    table = settings[on].merge(seen[[*on, "seconds"]], on=on, validate="one_to_one")
    both = sum(by_configuration.reindex(table[column]).to_numpy() for column in on)
    return table.assign(runs=both, cost=table["seconds"] / both)
