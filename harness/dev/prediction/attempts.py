"""The attempts at a prediction: what each was fitted on, and what it was judged on by training afterwards.

    results/predict/            the first: fitted on `development`, judged on `judged`
    results/predict/again/      the second: fitted on both of these, judged on `again/judged`

A set of settings is two files, `NAME_cells.csv` (methods and their ingredients) and `NAME_runs.csv` (test top-1).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from harness.dev.prediction.settings import pairs
from harness.records.archive import read_records


def read_runs(study: Path) -> pd.DataFrame:
    """Test top-1 in percent of every run of a study: a row for each configuration, a column for each seed.

    Runs on different splits are averaged.
    """
    runs = [
        {"cell": record["cell_id"], "seed": record["spec"]["seed"], "top1": record["metrics"]["top1"]}
        for record in read_records(study)
        if record["status"] == "finished"
    ]
    table = pd.DataFrame(runs).pivot_table(index="cell", columns="seed", values="top1")
    return table.rename(columns=lambda seed: f"seed{seed}").reset_index().round(4)


def differences(settings: pd.DataFrame, runs: pd.DataFrame) -> pd.DataFrame:
    """Second method minus first by paired seed, in points: a row for each setting, a column for each seed.

    A run that is missing gives NaN.
    """
    by_configuration = runs.set_index("cell")
    first, second = (
        by_configuration.reindex(settings[f"{side}_cell"]).reset_index(drop=True) for side in ("first", "second")
    )
    return second - first


def with_gaps(settings: pd.DataFrame, runs: pd.DataFrame) -> pd.DataFrame:
    """The settings with what training gave; a setting of which a run is missing is left out.

    Added are `gap` (second minus first, mean over paired seeds, in points), `error` (its standard error), the number of
    pairs `n`, and the mean of each method.
    """
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


BASELINE = "torch_default"
RANGES = ("epochs", "batch_size", "size", "train_size", "classes")


@dataclass(frozen=True)
class Attempt:
    """A study whose settings were predicted, the folder of its tables, and the names of the sets it was fitted on."""

    study: str
    folder: str
    fitted_on: tuple[str, ...]

    @property
    def judged_on(self) -> str:
        """The name of the set of settings that it was judged on."""
        return str(Path(self.folder) / "judged")

    def is_judged(self, results: Path) -> bool:
        """Whether its settings have been trained."""
        return (results / f"{self.judged_on}_runs.csv").is_file()


ATTEMPTS = (
    Attempt("predict_judged", ".", ("development",)),
    Attempt("predict_judged_again", "again", ("development", "judged")),
)


def settings(results: Path, name: str) -> pd.DataFrame:
    """The settings of a set with the ingredients of both methods and the gaps that training gave."""
    table = pairs(pd.read_csv(results / f"{name}_cells.csv"), BASELINE)
    return with_gaps(table, pd.read_csv(results / f"{name}_runs.csv"))


def known_settings(results: Path, attempt: Attempt) -> pd.DataFrame:
    """All settings that an attempt was fitted on."""
    return pd.concat([settings(results, name) for name in attempt.fitted_on], ignore_index=True)


def ranges(known: pd.DataFrame) -> dict[str, Any]:
    """What a prediction was fitted on: the number of settings, names in lists, numbers as [smallest, largest]."""
    return {
        "settings": len(known),
        "backbone": sorted(known["backbone"].unique()),
        "data": sorted(known["data"].unique()),
        "lr": {name: _ends(group) for name, group in known.groupby("optimizer")["lr"]},
        **{name: _ends(known[name]) for name in RANGES},
    }


def _ends(values: pd.Series) -> list[float]:
    return [float(values.min()), float(values.max())]
