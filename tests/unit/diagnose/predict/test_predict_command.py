"""`harness predict`, as a user asks for it."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import pytest
import scipy

from harness.cli.commands.predict import predict
from harness.cli.requests import requests
from harness.diagnose.predict.probes import measure
from harness.diagnose.predict.text import told_of_probes
from harness.spec.errors import RequestError
from harness.spec.machine import Machine
from harness.training.run import run
from tests import multilabel

PLAN = ["data=made", "data.samples=200", "recipe.epochs=1", "recipe.batch_size=32", "tracking=none"]
PAIR = "creation=create_model,swap_head"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the plan of `answer` is asked for."""
    return tmp_path_factory.mktemp("asked")


@pytest.fixture(scope="module")
def answer(folder: Path) -> dict[str, Any]:
    """What is told of a plan within the range of the prediction."""
    with contextlib.chdir(folder), contextlib.redirect_stdout(io.StringIO()) as told:
        assert predict([PAIR, *PLAN, "recipe.lr=1e-3", "format=json"]) == 0
    found: dict[str, Any] = json.loads(told.getvalue())
    return found


def test_the_gap_its_interval_and_a_table_over_rates(answer: dict[str, Any], folder: Path) -> None:
    assert [method["creation"] for method in answer["arms"]] == ["create_model", "swap_head"]
    assert answer["planned"]["low"] < answer["planned"]["gap"] < answer["planned"]["high"]
    rates = [row["lr"] for row in answer["rates"]]
    assert rates == sorted(rates)
    assert 1e-3 in rates
    assert list(folder.iterdir()) == []


def test_equal_creations_have_no_gap(capsys: pytest.CaptureFixture[str]) -> None:
    assert predict([PAIR, *PLAN, "init=zeros"]) == 0
    assert "No gap" in capsys.readouterr().out
    assert predict([PAIR, *PLAN, "init=zeros", "transfer=linear_probe"]) == 0
    assert "No gap: create_model zeros and swap_head zeros made equal runs" in capsys.readouterr().out


PROBE = ["data=made", "data.samples=200", "recipe.batch_size=32", "recipe.lr=1e-3", "transfer=linear_probe"]


def test_a_probe_is_measured_and_not_predicted(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert predict([PAIR, *PROBE]) == 0
    told = capsys.readouterr().out
    assert "Measured gap, swap_head minus create_model: +" in told
    assert "8 paired seeds" in told
    assert "Predicted gap" not in told
    assert list(tmp_path.iterdir()) == []


def test_what_is_measured_is_what_such_runs_give(capsys: pytest.CaptureFixture[str]) -> None:
    plan = [*PROBE, "recipe.epochs=2"]
    assert predict([PAIR, *plan, "format=json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    pairs = [request.spec for request in requests([PAIR, *plan, "seed=range(0,8)"])]
    tops = [run(spec, Machine(device="cpu", threads=1)).metrics["val_top1"] for spec in pairs]
    gaps = [two - one for one, two in zip(tops[:8], tops[8:], strict=True)]
    planned = answer["planned"]
    assert answer["kind"] == "measured"
    assert planned["gap"] == pytest.approx(sum(gaps) / 8, abs=0.5)
    interval = scipy.stats.ttest_1samp(gaps, 0).confidence_interval(0.95)
    assert [planned["low"], planned["high"]] == pytest.approx([interval.low, interval.high], abs=1)


@pytest.mark.parametrize("beyond", ["recipe.epochs=5", "recipe.lr=0.1", "recipe.optimizer=sgd recipe.lr=1e-3"])
@pytest.mark.long
def test_beyond_its_range_no_number_of_the_fit_is_told(beyond: str, capsys: pytest.CaptureFixture[str]) -> None:
    plan = [*PLAN, *beyond.split()]
    assert predict([PAIR, *plan]) == 0
    told = capsys.readouterr().out
    assert "No prediction: the plan lies outside the range that the prediction was fitted on:\n  recipe." in told
    assert "Predicted gap" not in told
    assert "How far to trust it" not in told
    [planned] = [line for line in told.splitlines() if line.endswith("  planned")]
    assert planned.split()[3:] == ["-", "-", "planned"]
    assert predict([PAIR, *plan, "format=json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["kind"] == "outside"
    assert answer["outside_range"]
    assert [answer["planned"][key] for key in ("gap", "low", "high")] == [None] * 3
    assert isinstance(answer["planned"]["rehearsed"], float)


def test_within_its_range_the_rates_beyond_it_have_no_gap(answer: dict[str, Any]) -> None:
    assert answer["kind"] == "predicted"
    assert [row["gap"] is None for row in answer["rates"]] == [not 1e-4 <= row["lr"] <= 1e-2 for row in answer["rates"]]


def test_probes_of_several_labels_are_measured_by_average_precision(tmp_path: Path) -> None:
    folder = multilabel.table(tmp_path / "numbers", 60)
    plan = ["data=table", f"data.path={folder}", "recipe.lr=1e-2", "recipe.epochs=1", "tracking=none"]
    first, second = (request.spec for request in requests([PAIR, *plan, "transfer=linear_probe"]))
    [found] = measure(first, second, [1e-2], Machine(device="cpu", threads=1))
    assert found.metric == "mean average precision"
    assert 0 < found.first < 100
    assert found.low < found.gap < found.high
    told = told_of_probes(first, second, found, [found])
    assert "points of validation mean average precision, 95% interval [" in told
    with pytest.raises(RequestError, match="several; two linear probes are measured"):
        predict([PAIR, *plan])


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["creation=create_model"], "exactly two jobs, got 1"),
        ([PAIR, "init=keep,zeros"], "exactly two jobs, got 4"),
        (["recipe.lr=1e-3,1e-2"], "recipe: .* same for both"),
        ([PAIR, "format=xml"], "format: .*json"),
    ],
)
def test_wrong_requests(arguments: list[str], named: str) -> None:
    with pytest.raises(RequestError, match=named):
        predict([*arguments, *PLAN])
