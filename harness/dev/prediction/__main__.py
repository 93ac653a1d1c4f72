"""`python -m harness.dev.prediction [--freeze] [--runs FOLDER] [--settings STUDY --to FILE]`: frozen and judged."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import torch

from harness.cli.requests import configurations
from harness.dev.prediction.attempts import (
    ATTEMPTS,
    BASELINE,
    Attempt,
    differences,
    known_settings,
    ranges,
    read_runs,
    settings,
)
from harness.dev.prediction.ceiling import ceiling
from harness.dev.prediction.figure import draw_gaps
from harness.dev.prediction.fit import fit, predicted, save
from harness.dev.prediction.judge import coverage, groups, judgement, left_out
from harness.dev.prediction.settings import pairs, table
from harness.diagnose.predict.coefficients import VERDICT, coefficients
from harness.records.store import write_text

RESULTS = Path("results/predict")
SETTING = ["backbone", "data", "classes", "optimizer", "lr", "epochs", "first", "second"]
OUTCOME = ["predicted", "low", "high", "gap", "error", "n", "first_measured", "second_measured"]
BY = ("backbone", "data", "optimizer", "lr", "epochs", "first")


def main(given: Sequence[str] | None = None) -> None:
    """Write the tables and figures under results/predict anew; with `--runs`, read the records of that study first.

    `--freeze` fits the coefficients of the last attempt and predicts its settings, from their committed ingredients,
    without any of their runs. `--settings` writes the ingredients of every configuration of a study as CSV instead.
    """
    parser = argparse.ArgumentParser(prog="python -m harness.dev.prediction", description=main.__doc__)
    parser.add_argument("--freeze", action="store_true", help="before the runs of the last attempt")
    parser.add_argument("--runs", type=Path, help="folder of a study that was predicted, named as the study")
    parser.add_argument("--settings", metavar="STUDY", help="a committed study whose ingredients are measured")
    parser.add_argument("--to", type=Path, metavar="FILE", help="file of the table of --settings")
    parser.add_argument("--results", type=Path, default=RESULTS)
    arguments = parser.parse_args(given)
    if bool(arguments.settings) != bool(arguments.to):
        parser.error("--settings STUDY and --to FILE go together")
    results: Path = arguments.results
    if arguments.settings:
        torch.set_num_threads(1)  # the matrices are too small to gain from more
        _save(arguments.to, table(configurations(arguments.settings), coefficients().speed))
        return
    if arguments.freeze:
        _freeze(results, ATTEMPTS[-1])
        return
    if arguments.runs:
        [attempt] = [one for one in ATTEMPTS if one.study == arguments.runs.name]
        _save(results / f"{attempt.judged_on}_runs.csv", read_runs(arguments.runs))
    for attempt in ATTEMPTS:
        if attempt.is_judged(results):
            _judge(results, attempt)
        else:
            print(f"{attempt.study}: frozen, not trained yet")
    write_text(VERDICT, json.dumps(_verdict(results, ATTEMPTS[-1]), indent=1) + "\n")


def _save(file: Path, rows: pd.DataFrame) -> None:
    write_text(file, rows.to_csv(index=False))


def _freeze(results: Path, attempt: Attempt) -> None:
    known = known_settings(results, attempt)
    asked = pairs(pd.read_csv(results / f"{attempt.judged_on}_cells.csv"), BASELINE)
    frozen = fit(known, ranges(known))
    save(frozen)
    shown = [*SETTING, "first_cell", "second_cell", "predicted", "low", "high"]
    _save(results / attempt.folder / "predictions.csv", predicted(asked, frozen)[shown])


def _judged(results: Path, attempt: Attempt) -> pd.DataFrame:
    """The settings of an attempt that have all their runs, each with its frozen prediction."""
    frozen = pd.read_csv(results / attempt.folder / "predictions.csv")
    on = ["first_cell", "second_cell"]
    columns = [*on, "predicted", "low", "high"]
    judged = settings(results, attempt.judged_on).merge(frozen[columns], on=on, validate="one_to_one")
    print(f"{attempt.study}: {len(judged)} of {len(frozen)} settings have all their runs")
    return judged


def _verdict(results: Path, attempt: Attempt) -> dict[str, Any]:
    """How good the coefficients in use are: on settings trained since, or else on those fitted on, by groups."""
    if attempt.is_judged(results):
        seen, judged = "trained after it was frozen", _judged(results, attempt)
    else:
        seen = "each predicted by a fit without runs of its architecture"
        judged = left_out(known_settings(results, attempt), "backbone")
    [scores] = groups(judged.assign(all="all"), ("all",))
    return {
        "settings": len(judged),
        "seen": seen,
        **{name: round(scores[name], 3) for name in ("coverage", "spearman")},
    }


def _judge(results: Path, attempt: Attempt) -> None:
    folder, known = results / attempt.folder, known_settings(results, attempt)
    judged = _judged(results, attempt)
    methods = judgement(known, judged)
    whole = pd.Series(coverage(judged)).round(3)
    everything = pd.concat([known, judged], ignore_index=True)
    parts = list(groups(judged, BY))
    for column in ("backbone", "data"):
        held = left_out(everything, column)
        parts += [{**part, "by": f"{column} left out, refitted"} for part in groups(held.assign(all="all"), ("all",))]
        parts += [{**part, "by": f"{column} left out, refitted"} for part in groups(held, (column,))]
    runs = pd.read_csv(results / f"{attempt.judged_on}_runs.csv")
    best = pd.Series(ceiling(differences(judged, runs).to_numpy(float))).round(3)
    _save(folder / "judged.csv", judged[[*SETTING, *OUTCOME]].round(3))
    _save(folder / "methods.csv", methods)
    _save(folder / "groups.csv", pd.DataFrame(parts).round(3))
    for name, values in (("interval", whole), ("ceiling", best)):
        _save(folder / f"{name}.csv", values.rename("value").rename_axis("measure").reset_index())
    draw_gaps(judged, folder / "predicted_against_measured.svg")
    print(methods.to_string(index=False), whole.to_string(), best.to_string(), sep="\n\n")


if __name__ == "__main__":
    main()
