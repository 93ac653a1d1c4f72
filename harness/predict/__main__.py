"""`python -m harness.predict [--freeze] [--runs FOLDER]`: predictions frozen, and what training gave against them."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pandas as pd

from harness.predict.attempts import ATTEMPTS, BASELINE, Attempt, known_settings, ranges, settings
from harness.predict.ceiling import ceiling
from harness.predict.coefficients import VERDICT
from harness.predict.figure import draw
from harness.predict.fit import fit, predicted
from harness.predict.judge import coverage, groups, judgement, left_out
from harness.predict.measured import differences, measured
from harness.predict.table import pairs

RESULTS = Path("results/predict")
SETTING = ["backbone", "data", "classes", "optimizer", "lr", "epochs", "first", "second"]
OUTCOME = ["predicted", "low", "high", "gap", "error", "n", "first_measured", "second_measured"]
BY = ("backbone", "data", "optimizer", "lr", "epochs", "first")


def main() -> None:
    """Write the tables and figures under results/predict anew; with `--runs`, read that study's records first.

    `--freeze` fits the coefficients of the last attempt and predicts its settings, from their committed ingredients;
    it reads no run of theirs.
    """
    parser = argparse.ArgumentParser(prog="python -m harness.predict", description=main.__doc__)
    parser.add_argument("--freeze", action="store_true", help="before the runs of the last attempt")
    parser.add_argument("--runs", type=Path, help="folder of a study that was predicted, named as the study")
    parser.add_argument("--results", type=Path, default=RESULTS)
    arguments = parser.parse_args()
    results: Path = arguments.results
    if arguments.freeze:
        _freeze(results, ATTEMPTS[-1])
        return
    if arguments.runs:
        [attempt] = [one for one in ATTEMPTS if one.study == arguments.runs.name]
        measured(arguments.runs).to_csv(results / f"{attempt.judged_on}_runs.csv", index=False)
    for attempt in ATTEMPTS:
        _judge(results, attempt)


def _freeze(results: Path, attempt: Attempt) -> None:
    known, asked = (
        known_settings(results, attempt),
        pairs(pd.read_csv(results / f"{attempt.judged_on}_cells.csv"), BASELINE),
    )
    coefficients = fit(known, ranges(known, asked))
    coefficients.save()
    shown = [*SETTING, "first_cell", "second_cell", "predicted", "low", "high"]
    predicted(asked, coefficients)[shown].to_csv(results / attempt.folder / "predictions.csv", index=False)


def _judge(results: Path, attempt: Attempt) -> None:
    folder, known = results / attempt.folder, known_settings(results, attempt)
    frozen = pd.read_csv(folder / "predictions.csv")[["first_cell", "second_cell", "predicted", "low", "high"]]
    on = ["first_cell", "second_cell"]
    judged = settings(results, attempt.judged_on).merge(frozen, on=on, validate="one_to_one")
    print(f"{attempt.study}: {len(judged)} of {len(frozen)} settings have all their runs")
    table = judgement(known, judged)
    whole = pd.Series(coverage(judged)).round(3)
    everything = pd.concat([known, judged], ignore_index=True)
    parts = list(groups(judged, BY))
    for column in ("backbone", "data"):
        held = left_out(everything, column)
        parts += [{**part, "by": f"{column} left out, refitted"} for part in groups(held.assign(all="all"), ("all",))]
        parts += [{**part, "by": f"{column} left out, refitted"} for part in groups(held, (column,))]
    runs = pd.read_csv(results / f"{attempt.judged_on}_runs.csv")
    best = pd.Series(ceiling(differences(judged, runs).to_numpy(float))).round(3)
    judged[[*SETTING, *OUTCOME]].round(3).to_csv(folder / "judged.csv", index=False)
    table.to_csv(folder / "methods.csv", index=False)
    pd.DataFrame(parts).round(3).to_csv(folder / "groups.csv", index=False)
    whole.rename("value").rename_axis("measure").to_csv(folder / "interval.csv")
    best.rename("value").rename_axis("measure").to_csv(folder / "ceiling.csv")
    verdict = {"settings": len(judged), "coverage": whole["coverage"], "spearman": table["spearman"][0]}
    VERDICT.write_text(json.dumps(verdict, indent=1) + "\n", encoding="utf-8")
    draw(judged, folder / "predicted_against_measured.svg")
    print(table.to_string(index=False), whole.to_string(), best.to_string(), sep="\n\n")


if __name__ == "__main__":
    main()
