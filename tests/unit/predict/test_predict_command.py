"""`harness predict`, as a user asks for it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.cli.commands.predict import predict
from harness.spec.errors import RequestError

PLAN = ["data=made", "data.samples=200", "recipe.epochs=1", "recipe.batch_size=32", "tracking=none"]
PAIR = "creation=create_model,swap_head"


def test_the_gap_its_interval_and_a_table_over_rates(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert predict([PAIR, *PLAN, "recipe.lr=1e-3", "format=json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert [arm["creation"] for arm in answer["arms"]] == ["create_model", "swap_head"]
    assert answer["planned"]["low"] < answer["planned"]["gap"] < answer["planned"]["high"]
    rates = [row["lr"] for row in answer["rates"]]
    assert rates == sorted(rates)
    assert 1e-3 in rates
    assert list(tmp_path.iterdir()) == []


def test_equal_creations_and_a_probe_are_told_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert predict([PAIR, *PLAN, "init=zeros", "transfer=linear_probe"]) == 0
    told = capsys.readouterr().out
    assert "No gap" in told
    assert "as quick to run" in told


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["creation=create_model"], "exactly two jobs, got 1"),
        ([PAIR, "init=keep,zeros"], "exactly two jobs, got 4"),
        (["recipe.lr=1e-3,1e-2"], "recipe: .* same for both"),
        ([PAIR, "format=xml"], "format: .*json"),
        (["settings=predict_judged"], "to=FILE"),
        (["settings=no_such_study", "to=x.csv"], "no_such_study"),
    ],
)
def test_wrong_requests(arguments: list[str], named: str) -> None:
    with pytest.raises(RequestError, match=named):
        predict([*arguments, *PLAN] if "settings" not in arguments[0] else arguments)
