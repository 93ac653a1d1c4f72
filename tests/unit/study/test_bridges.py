"""A bridge from request to answer: what is trained, what is shared with ordinary runs, and what is refused."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pandas as pd
import pytest

from harness.cli.commands.bridge import bridge
from harness.cli.requests import requests
from harness.records.archive import read_records
from harness.spec.errors import RequestError
from harness.spec.identity import configuration_id, run_id
from harness.spec.spec import Spec
from harness.study import bridges
from harness.study.bridges import with_bridges
from harness.study.check import Checker
from harness.study.study import Study
from harness.training.hybrids.factors import Factor, told

PROBE = ["data=made", "data.samples=200", "transfer=linear_probe", "recipe.epochs=1", "recipe.batch_size=32"]
PAIR = ["creation=create_model,swap_head", *PROBE]


def expanded(*overrides: str) -> Study:
    jobs = requests(["comparison.bridge=true", *overrides])
    return with_bridges(Study(tuple(jobs), (), ()), Checker())


def ids(specs: list[Spec]) -> set[str]:
    return {run_id(spec) for spec in specs}


def test_all_coalitions_are_trained_and_the_ends_are_ordinary_runs() -> None:
    study = expanded(*PAIR, "seed=0,1")
    ordinary = [request.spec for request in requests([*PAIR, "seed=0,1"])]
    assert len(study.runs()) == 2 * 4
    assert ids(ordinary) < ids(study.runs())
    assert {spec.bridge.takes for spec in study.runs()} == {None, ("head_bias",), ("head_scale",)}
    [crossing] = study.bridges
    assert crossing.first == configuration_id(ordinary[0])
    assert crossing.second == configuration_id(ordinary[-1])
    assert set(crossing.cells.values()) == {configuration_id(spec) for spec in study.runs()}


def test_crossed_splits_make_one_bridge_whose_hybrids_are_trained_in_every_split() -> None:
    study = expanded(*PAIR, "seed=0,1", "data.split=0,1")
    assert len(study.runs()) == 2 * 2 * 4
    [crossing] = study.bridges
    assert (
        set(crossing.cells.values()) == {configuration_id(spec) for spec in study.runs()} == set(study.configurations)
    )


def test_every_other_creation_of_a_row_has_a_bridge_and_every_row_its_own() -> None:
    study = expanded("creation=create_model", "init=keep,zeros,orthogonal", *PROBE, "recipe.lr=1e-3,1e-2")
    assert len(study.bridges) == 4
    assert [len(each.players) for each in study.bridges] == [1, 2, 1, 2]
    assert study.description()["baseline"]["init"] == "keep"
    assert study.description()["baseline"]["bridge"] == "default"


def test_what_the_creations_differ_in_is_among_the_arms() -> None:
    study = expanded("creation=create_model", *PROBE, "weights=bundled,none")
    assert {"weights", "bridge"} <= set(study.description()["arms"])


def test_many_differences_are_sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seven differences: not 128 runs, and each difference alone and missing is among them."""
    names = tuple("abcdefg")
    monkeypatch.setattr(bridges, "players", lambda *ends: {name: Factor(told(name, "", "")) for name in names})
    monkeypatch.setattr(bridges, "hybrid", lambda first, second, takes: first)
    [first, second] = [{0: request} for request in requests(PAIR)]
    crossing, between = bridges.cross(first, second)
    assert len(crossing.orders) == bridges.ORDERS
    assert len(between) + 2 == len(crossing.cells) < 2**7
    assert {frozenset(name) for name in names} | {frozenset(names) - {name} for name in names} <= crossing.cells.keys()


@pytest.mark.slow
def test_the_command_trains_reports_and_goes_on_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also: the values of each seed add up to that seed's gap, from the records themselves."""
    monkeypatch.chdir(tmp_path)
    words = [*PAIR, "seed=range(0,3)", "study=crossed", "tracking=none", "recipe.epochs=3"]
    assert bridge(words) == 0
    assert re.search(
        r"^Cause: the scale of the head's initial weights, .* of the gap \(Shapley attribution over",
        capsys.readouterr().out,
        re.MULTILINE,
    )
    folder = tmp_path / "runs" / "crossed"
    told = (folder / "report.md").read_text()
    assert re.search(r"of the gap of .* Shapley attribution gives .* to the scale of the head's initial weights", told)
    scores = {(record["cell_id"], record["spec"]["seed"]): record["metrics"]["top1"] for record in read_records(folder)}
    assert len(scores) == 4 * 3
    [crossing] = json.loads((folder / "study.json").read_text())["bridges"]
    cells = {tuple(each["takes"]): each["cell"] for each in crossing["coalitions"]}
    gaps = [scores[cells["head_bias", "head_scale"], seed] - scores[cells[()], seed] for seed in range(3)]
    table = pd.read_csv(folder / "bridge.csv")
    assert table["shapley_mean"].sum() == pytest.approx(sum(gaps) / 3, abs=1e-3)
    assert set(table["trait"]) == {"head_bias", "head_scale"}
    assert (folder / "figures" / "bridge.svg").is_file()
    assert bridge(words) == 0
    assert "12 done already, 0 to train" in capsys.readouterr().err


REFUSED = [
    (PAIR[1:], "goes from one creation to another, the overrides name 1"),
    (["creation=create_model,swap_head,reset_classifier", *PROBE], "the overrides name 3"),
    (["creation=create_model", *PROBE, "recipe.lr=1e-3,1e-2"], "the overrides name 1"),
    (["creation=swap_head,reset_classifier", *PROBE], "make the same test_efficientnet; there is nothing"),
    ([*PAIR, "sampled=3"], "comparison.orders: .*multiple of 2"),
    (["bridge.takes=[head_scal]", "bridge.to={creation: {name: swap_head}}", *PAIR], "did you mean head_scale"),
    (["bridge.takes=[head_scale]", *PAIR], "bridge.takes: needs bridge.to"),
    (["bridge.to={creation: {name: swap_head}}", *PAIR], "bridge.to: has no effect without bridge.takes"),
    (["bridge.takes=[head_scale]", "bridge.to={backbone: {name: test_vit}}", *PAIR], "a hybrid has one architecture"),
]


@pytest.mark.parametrize(("words", "message"), REFUSED, ids=[message for _, message in REFUSED])
def test_a_wrong_bridge_is_refused(words: list[str], message: str) -> None:
    with pytest.raises(RequestError, match=message):
        bridge(words)
