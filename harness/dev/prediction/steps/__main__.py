"""`python -m harness.dev.prediction.steps [--watch STUDY ... --to FILE] [--freeze] [--runs FOLDER]`."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import torch

from harness.cli.requests import configurations
from harness.dev.prediction.attempts import BASELINE, RANGES, differences, read_runs, settings, with_gaps
from harness.dev.prediction.ceiling import ceiling
from harness.dev.prediction.figure import draw_gaps
from harness.dev.prediction.fit import predicted
from harness.dev.prediction.judge import coverage, groups, left_out, scores
from harness.dev.prediction.settings import pairs
from harness.dev.prediction.steps.cost import costs, run_seconds
from harness.dev.prediction.steps.fit import (
    fit_after_steps,
    left_out_after_steps,
    predicted_after_steps,
    save_after_steps,
)
from harness.dev.prediction.steps.watched import watched
from harness.diagnose.predict.coefficients import coefficients
from harness.diagnose.predict.steps.coefficients import VERDICT
from harness.records.store import write_text

RESULTS = Path("results/predict")
KNOWN = ("development", "judged", "again/judged")
"""Sets of settings whose runs were known when the coefficients were fitted."""

STUDY = "predict_steps_judged"
SETTING = ["backbone", "data", "classes", "optimizer", "lr", "steps", "taken", "first", "second"]
CELLS = ["first_cell", "second_cell"]
BY = ("backbone", "data", "optimizer", "first")


def main(given: Sequence[str] | None = None) -> None:
    """Write the tables and the figure under results/predict/steps anew; with `--runs`, read the study's records first.

    `--watch` trains the first steps of every setting of some studies and writes what they show as CSV. `--freeze` fits
    the coefficients on the known settings, and predicts those of the study that judges it, without any of its runs.
    """
    parser = argparse.ArgumentParser(prog="python -m harness.dev.prediction.steps", description=main.__doc__)
    parser.add_argument("--watch", nargs="+", metavar="STUDY", help="committed studies")
    parser.add_argument("--fraction", type=float, default=0.05, help="of the steps of each plan, for --watch")
    parser.add_argument("--to", type=Path, metavar="FILE", help="file of the table of --watch")
    parser.add_argument("--freeze", action="store_true", help="before the runs of the study that judges it")
    parser.add_argument("--runs", type=Path, help=f"folder of the records of {STUDY}")
    parser.add_argument("--results", type=Path, default=RESULTS)
    arguments = parser.parse_args(given)
    if bool(arguments.watch) != bool(arguments.to):
        parser.error("--watch STUDY and --to FILE go together")
    results: Path = arguments.results
    if arguments.watch:
        torch.set_num_threads(1)
        specs = [spec for study in arguments.watch for spec in configurations(study)]
        _save(arguments.to, watched(specs, BASELINE, arguments.fraction))
    elif arguments.freeze:
        _freeze(results)
    else:
        if arguments.runs:
            _save(results / "steps" / "judged_runs.csv", read_runs(arguments.runs))
            _save(results / "steps" / "judged_seconds.csv", run_seconds(arguments.runs))
        _judge(results)


def _save(file: Path, rows: pd.DataFrame) -> None:
    write_text(file, rows.to_csv(index=False))


def known_after_steps(results: Path) -> pd.DataFrame:
    """The settings that the coefficients are fitted on, with the gaps of their full runs."""
    seen = pd.read_csv(results / "steps" / "development.csv")
    runs = [pd.read_csv(results / f"{name}_runs.csv") for name in KNOWN]
    parts = [with_gaps(seen[seen["first_cell"].isin(table["cell"])], table) for table in runs]
    return pd.concat(parts, ignore_index=True)


def _freeze(results: Path) -> None:
    known, asked = known_after_steps(results), pd.read_csv(results / "steps" / "judged_watched.csv")
    frozen = fit_after_steps(known, _ranges(known, pd.concat([known, asked], ignore_index=True)))
    save_after_steps(frozen)
    _save(
        results / "steps" / "predictions.csv",
        predicted_after_steps(asked, frozen)[[*SETTING, *CELLS, "predicted", "low", "high"]],
    )


def _ranges(known: pd.DataFrame, all_of_them: pd.DataFrame) -> dict[str, Any]:
    """What it was fitted or is judged on: numbers as [smallest, largest]."""
    ends = {
        name: [float(part.min()), float(part.max())]
        for name in (*RANGES, "steps", "fraction")
        for part in [all_of_them[name]]
    }
    rates = {name: [float(part.min()), float(part.max())] for name, part in all_of_them.groupby("optimizer")["lr"]}
    return {"settings": len(known), "lr": rates, **ends}


def _judge(results: Path) -> None:
    folder = results / "steps"
    known = known_after_steps(results)
    held = {column: left_out_after_steps(known, column).assign(all="all") for column in ("backbone", "data")}
    parts = [
        {**part, "by": f"{column} left out, known settings, without training"}
        for column in held
        for part in groups(_untrained(results, known, column), ("all",))
    ]
    parts += [
        {**part, "by": f"{column} left out, known settings"}
        for column in held
        for part in groups(held[column], ("all", column))
    ]
    if not (folder / "judged_runs.csv").is_file():
        _save(folder / "groups.csv", pd.DataFrame(parts).round(3))
        print(f"{STUDY}: frozen, not trained yet", pd.DataFrame(parts).to_string(), sep="\n")
        return
    runs, seen = pd.read_csv(folder / "judged_runs.csv"), pd.read_csv(folder / "judged_watched.csv")
    frozen = pd.read_csv(folder / "predictions.csv")
    judged = with_gaps(frozen, runs)
    print(f"{STUDY}: {len(judged)} of {len(frozen)} settings have all their runs")
    untrained = predicted(pairs(pd.read_csv(folder / "judged_cells.csv"), BASELINE), coefficients())
    before = judged[CELLS].merge(untrained[[*CELLS, "predicted", "low", "high"]], on=CELLS, validate="one_to_one")
    before = before.assign(gap=judged["gap"], error=judged["error"])
    measured = costs(judged, seen, pd.read_csv(folder / "judged_seconds.csv"))
    steps_alone = (judged["taken"] / judged["steps"]).mean()
    methods = [
        _row("after first steps", judged, float(measured["cost"].mean()), float(steps_alone)),
        _row("without training", before, 0.0, 0.0),
        _row("no gap at all", judged.assign(predicted=0.0, low=0.0, high=0.0), 0.0, 0.0),
    ]
    best = pd.Series(ceiling(differences(judged, runs).to_numpy(float))).round(3)
    parts += groups(judged, BY)
    outcome = [*SETTING, "predicted", "low", "high", "gap", "error", "n", "first_measured", "second_measured"]
    table = judged[outcome].assign(
        without_training=before["predicted"], of_steps=measured["of_steps"], cost=measured["cost"]
    )
    _save(folder / "judged.csv", table.round(3))
    _save(folder / "methods.csv", pd.DataFrame(methods).round(3))
    _save(folder / "groups.csv", pd.DataFrame(parts).round(3))
    _save(folder / "ceiling.csv", best.rename("value").rename_axis("measure").reset_index())
    draw_gaps(judged, folder / "predicted_against_measured.svg", f"after {steps_alone:.0%} of the steps")
    verdict = {"settings": len(judged), **{name: methods[0][name] for name in ("mae", "coverage", "spearman")}}
    write_text(VERDICT, json.dumps(pd.Series(verdict).round(3).to_dict(), indent=1) + "\n")
    print(pd.DataFrame(methods).round(3).to_string(), best.to_string(), table.round(2).to_string(), sep="\n\n")


def _untrained(results: Path, known: pd.DataFrame, column: str) -> pd.DataFrame:
    """The prediction without training of the same settings, fitted on them with a group left out each time."""
    every = pd.concat([settings(results, name) for name in KNOWN], ignore_index=True)
    same = every.merge(known[CELLS], on=CELLS, validate="one_to_one")
    return left_out(same, column).assign(all="all")


def _row(name: str, judged: pd.DataFrame, cost: float, fraction: float) -> dict[str, Any]:
    return {
        "method": name,
        **scores(judged["predicted"].to_numpy(float), judged),
        "coverage": coverage(judged)["coverage"],
        "mean_width": coverage(judged)["mean_width"],
        "steps": fraction,
        "cost": cost,
    }


if __name__ == "__main__":
    main()
