"""A sweep that goes on until every comparison is decided, as a user starts it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

pytestmark = pytest.mark.usefixtures("undrawn")

Command = Callable[..., subprocess.CompletedProcess[str]]
SWEEP = ["-m", "creation=create_model", "data=made", "data.samples=200", "transfer=linear_probe"]
SWEEP += ["recipe.epochs=2", "study=tried", "tracking=none", "monitors=false"]
UNTIL = ["seed=range(0,8)", "comparison.until_decided=true", "comparison.most_seeds=18"]


def _trained(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in folder.glob("*/record.json")}


@pytest.mark.slow
def test_it_stops_where_the_gap_is_large_and_goes_on_where_it_is_open(command: Command, tmp_path: Path) -> None:
    laws = [
        "init=torch_default,fan_out_uniform",
        "init.scale=1.0,1.1",
    ]  # of the first a tenth more, of the second far more
    sweep = [*SWEEP, *UNTIL, *laws, "recipe.lr=1e-2", "comparison.margin=0.01"]
    first = command(*sweep)
    assert first.returncode == 0, first.stderr
    folder = tmp_path / "runs" / "tried"
    plan = json.loads((folder / "study.json").read_text())["until_decided"]
    assert plan == {"seeds": list(range(18)), "looks": [8, 12, 18], "comparisons": 3}
    assert "look 1 of 3, 3 of 3 comparisons open" in first.stderr
    assert "look 2 of 3, " in first.stderr
    table = pd.read_csv(folder / "summary.csv")
    compared = table[~table["baseline"]].set_index(["init", "init.scale"])
    assert set(compared.loc["fan_out_uniform", "n"]) == {8}
    assert set(compared.loc["fan_out_uniform", "verdict"]) == {"different"}
    near = compared.loc[("torch_default", 1.1)]
    assert near["looks"] > 1
    assert near["n"] == near["pairs"] == table.loc[table["baseline"], "n"].item()
    assert near["n"] in (12, 18)
    report = (folder / "report.md").read_text()
    assert "Until decided, at most 18 seeds" in report

    records = _trained(folder)
    assert len(records) == table["n"].sum()
    second = command(*sweep)
    assert "0 to train; nothing is trained" in second.stderr
    assert _trained(folder) == records
    assert (folder / "report.md").read_text() == report


@pytest.mark.slow
def test_a_plan_is_not_changed_once_runs_were_seen(command: Command) -> None:
    two = [*SWEEP, "init=keep,zeros"]
    assert command(*two, *UNTIL).returncode == 0
    other = command(*two, *UNTIL[:2], "comparison.most_seeds=24")
    assert other.returncode == 2
    assert "a plan is fixed before the first run" in other.stderr
    assert command(*two, "seed=range(0,12)").returncode == 2


@pytest.mark.slow
def test_fewer_than_eight_seeds_are_refused(command: Command) -> None:
    few = command(*SWEEP, "init=keep,zeros", "seed=range(0,7)", "comparison.until_decided=true")
    assert few.returncode == 2
    assert "the first look needs 8 seeds in each configuration, got 7" in few.stderr
