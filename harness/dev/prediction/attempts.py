"""The attempts at a prediction: what each was fitted on and what it was judged on afterwards.

    results/predict/            the first: fitted on `development`, judged on `judged`
    results/predict/again/      the second: fitted on both of these, judged on `again/judged`

Each set of settings is two files, `NAME_cells.csv` (the arms and their ingredients) and `NAME_runs.csv` (test top-1).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from harness.dev.prediction.measured import with_gaps
from harness.diagnose.predict.table import pairs

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
    """The settings of a set with the ingredients of both arms and the gaps that training gave."""
    table = pairs(pd.read_csv(results / f"{name}_cells.csv"), BASELINE)
    return with_gaps(table, pd.read_csv(results / f"{name}_runs.csv"))


def known_settings(results: Path, attempt: Attempt) -> pd.DataFrame:
    """All settings that an attempt was fitted on."""
    return pd.concat([settings(results, name) for name in attempt.fitted_on], ignore_index=True)


def ranges(known: pd.DataFrame) -> dict[str, Any]:
    """What a prediction was fitted on: its number of settings, names in lists, numbers as [least, most]."""
    return {
        "settings": len(known),
        "backbone": sorted(known["backbone"].unique()),
        "data": sorted(known["data"].unique()),
        "lr": {name: _ends(group) for name, group in known.groupby("optimizer")["lr"]},
        **{name: _ends(known[name]) for name in RANGES},
    }


def _ends(values: pd.Series) -> list[float]:
    return [float(values.min()), float(values.max())]
