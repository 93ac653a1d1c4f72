"""`python -m harness.predict [--runs FOLDER]`: the committed predictions against what training gave."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pandas as pd

from harness.predict.coefficients import VERDICT
from harness.predict.figure import draw
from harness.predict.judge import coverage, groups, judgement, left_out
from harness.predict.measured import measured, with_gaps
from harness.predict.table import pairs

BASELINE = "torch_default"
RESULTS = Path("results/predict")
SHOWN = [
    "backbone", "data", "classes", "optimizer", "lr", "epochs", "first", "second", "predicted", "low", "high", "gap",
    "error", "n", "first_measured", "second_measured",
]  # fmt: skip
BY = ("backbone", "data", "optimizer", "lr", "epochs", "first")


def settings(folder: Path, name: str) -> pd.DataFrame:
    """The settings of a study with the ingredients of both arms and the gaps that training gave."""
    table = pairs(pd.read_csv(folder / f"{name}_cells.csv"), BASELINE)
    return with_gaps(table, pd.read_csv(folder / f"{name}_runs.csv"))


def main() -> None:
    """Write the tables and the figure under results/predict anew; with `--runs`, read a study's records first."""
    parser = argparse.ArgumentParser(prog="python -m harness.predict", description=main.__doc__)
    parser.add_argument("--runs", type=Path, help="folder of the study predict_judged")
    parser.add_argument("--results", type=Path, default=RESULTS)
    arguments = parser.parse_args()
    folder: Path = arguments.results
    if arguments.runs:
        measured(arguments.runs).to_csv(folder / "judged_runs.csv", index=False)
    development = settings(folder, "development")
    frozen = pd.read_csv(folder / "predictions.csv")[["first_cell", "second_cell", "predicted", "low", "high"]]
    judged = settings(folder, "judged").merge(frozen, on=["first_cell", "second_cell"], validate="one_to_one")
    print(f"{len(judged)} of {len(frozen)} settings have all their runs")
    table = judgement(development, judged)
    whole = pd.Series(coverage(judged)).round(3)
    everything = pd.concat([development, judged], ignore_index=True)
    parts = list(groups(judged, BY))
    for column in ("backbone", "data"):
        held = left_out(everything, column)
        parts += [{**part, "by": f"{column} left out, refitted"} for part in groups(held.assign(all="all"), ("all",))]
        parts += [{**part, "by": f"{column} left out, refitted"} for part in groups(held, (column,))]
    keep = ["backbone", "data", "classes", "optimizer", "lr", "epochs", "first", "second"]
    shown = judged[[*keep, "predicted", "low", "high", "gap", "error", "n", "first_measured", "second_measured"]].round(
        3
    )
    shown.to_csv(folder / "judged.csv", index=False)
    table.to_csv(folder / "methods.csv", index=False)
    pd.DataFrame(parts).round(3).to_csv(folder / "groups.csv", index=False)
    whole.rename("value").rename_axis("measure").to_csv(folder / "interval.csv")
    verdict = {"settings": len(judged), "coverage": whole["coverage"], "spearman": table["spearman"][0]}
    VERDICT.write_text(json.dumps(verdict, indent=1) + "\n", encoding="utf-8")
    draw(judged, folder / "predicted_against_measured.svg")
    print(table.to_string(index=False), whole.to_string(), sep="\n\n")


if __name__ == "__main__":
    main()
