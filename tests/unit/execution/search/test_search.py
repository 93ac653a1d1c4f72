"""Equal budgets, no look at the test part, the same search from the same seed, and one that goes on after a kill."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

pytest.importorskip("optuna", reason="optuna is not installed: the extra `search`")

from harness.cli.commands.search import search as command
from harness.execution.search.method import SearchOutcome, Tried, search
from harness.execution.search.settings import FIRST_SEED, Categorical, Interval, Search, edges
from harness.records.store import read_record
from harness.spec.errors import RequestError
from harness.spec.machine import Machine
from harness.spec.spec import Spec
from harness.training import setup

SPACE = {"recipe.lr": Interval(1e-4, 1e-1, log=True), "recipe.optimizer": Categorical(("adamw", "sgd"))}
MACHINE = Machine(device="cpu", threads=1, monitors=False)
ASKED = Search(trials=6)
WORDS = [
    "data=made", "data.samples=60", "transfer=linear_probe", "recipe.epochs=2", "recipe.batch_size=16", "device=cpu",
    "tracking=none", "recipe.lr=tag(log,interval(1e-4,1e-1))", "study=tried",
]  # fmt: skip


class Killed(BaseException):
    """What the kernel would do."""


@pytest.fixture
def spec_of(quick: Callable[..., Spec]) -> Callable[[Mapping[str, str], int], Spec]:
    def make(creation: str, values: Mapping[str, str], seed: int) -> Spec:
        recipe = {"epochs": 3, "batch_size": 16, "lr": values["recipe.lr"], "optimizer": values["recipe.optimizer"]}
        return quick(
            creation={"name": creation},
            transfer={"name": "linear_probe"},
            data={"name": "made", "samples": 60},
            recipe=recipe,
            seed=seed,
        )

    return partial(make, "create_model")


def told(outcome: SearchOutcome) -> list[Tried]:
    return list(outcome.trials)


def silent(tried: Tried) -> None:
    return None


Make = Callable[[Mapping[str, str], int], Spec]


def test_the_same_seed_searches_the_same_and_another_does_not(spec_of: Make, tmp_path: Path) -> None:
    first = search("A", spec_of, SPACE, ASKED, MACHINE, tmp_path / "1", silent)
    second = search("A", spec_of, SPACE, ASKED, MACHINE, tmp_path / "2", silent)
    other = search("A", spec_of, SPACE, Search(trials=6, sampler_seed=1), MACHINE, tmp_path / "3", silent)
    assert first == second
    assert len(first.trials) == ASKED.trials
    assert [tried.values for tried in first.trials] != [tried.values for tried in other.trials]


def test_a_search_that_was_killed_goes_on_as_if_it_had_not_been(spec_of: Make, tmp_path: Path) -> None:
    """It dies within its fourth trial; what was done is not trained again."""
    whole = search("A", spec_of, SPACE, ASKED, MACHINE, tmp_path / "whole", silent)
    calls = 0

    def dies(values: Mapping[str, str], seed: int) -> Spec:
        nonlocal calls
        calls += 1
        if calls == 5:  # the first call names the search
            raise Killed
        return spec_of(values, seed)

    cut = tmp_path / "cut"
    with pytest.raises(Killed):
        search("A", dies, SPACE, ASKED, MACHINE, cut, silent)
    made = {path: path.stat().st_mtime_ns for path in cut.glob("trials/*/record.json")}
    assert made
    assert search("A", spec_of, SPACE, ASKED, MACHINE, cut, silent) == whole
    assert {path: path.stat().st_mtime_ns for path in made} == made


def test_more_trials_reuse_the_records_and_leave_the_choice_open(spec_of: Make, tmp_path: Path) -> None:
    """A search with a longer budget is one of its own, and its runs are ordinary records, made once."""
    search("A", spec_of, SPACE, ASKED, MACHINE, tmp_path, silent)
    made = {path: path.stat().st_mtime_ns for path in tmp_path.glob("trials/*/record.json")}
    again = search("A again", spec_of, SPACE, ASKED, MACHINE, tmp_path, silent)
    assert len(again.trials) == ASKED.trials
    assert {path: path.stat().st_mtime_ns for path in tmp_path.glob("trials/*/record.json")} == made


def test_the_test_part_takes_no_part_in_the_choice(
    spec_of: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With every test label changed, the test metrics are others and the search is the same."""
    first = search("A", spec_of, SPACE, ASKED, MACHINE, tmp_path / "1", silent)
    load = setup.load

    def mislabelled(*arguments: object, **words: object) -> object:
        dataset = load(*arguments, **words)  # type: ignore[arg-type]
        test = dataset.load_test()
        wrong = replace(test, labels=(test.labels + 1) % len(dataset.classes))
        return replace(dataset, load_test=lambda: wrong)

    monkeypatch.setattr(setup, "load", mislabelled)
    second = search("A", spec_of, SPACE, ASKED, MACHINE, tmp_path / "2", silent)
    assert first == second
    assert first.best is not None
    top1 = []
    for folder in ("1", "2"):
        record = read_record(tmp_path / folder / "trials", first.best.runs[0])
        assert record is not None
        top1.append(record["metrics"]["top1"])
    assert top1[0] != top1[1]


def test_a_trial_without_promise_is_pruned_and_its_budget_told(spec_of: Make, tmp_path: Path) -> None:
    """A rate of nothing lies below the median from the first epoch on."""
    space = {"recipe.lr": Categorical(("1e-2", "1e-9")), "recipe.optimizer": Categorical(("adamw",))}
    outcome = search("A", spec_of, space, Search(trials=9), MACHINE, tmp_path, silent)
    pruned = [tried for tried in outcome.trials if tried.state == "pruned"]
    assert pruned
    assert {tried.values["recipe.lr"] for tried in pruned} == {"1e-9"}
    assert all(tried.epochs < 3 and tried.value is None and not tried.runs for tried in pruned)
    free = search("B", spec_of, space, Search(trials=9, pruner="none"), MACHINE, tmp_path, silent)
    assert {(tried.state, tried.epochs) for tried in free.trials} == {("complete", 3)}


def test_a_space_is_checked_at_every_end() -> None:
    seen = list(edges({"a": Interval(1, 9, whole=True), "b": Categorical(("x", "y", "z"))}))
    assert [point["b"] for point in seen] == ["x", "y", "z"]
    assert {point["a"] for point in seen} == {"1", "9"}


@pytest.mark.slow
def test_methods_have_equal_budgets_and_the_best_meet_on_fresh_seeds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [*WORDS, f"out={tmp_path}", "creation=create_model,swap_head", "search.trials=4", "seed=0,1"]
    assert command(words) == 0
    told = json.loads((tmp_path / "tried" / "search.json").read_text())
    first, second = told["methods"]
    assert len(first["trials"]) == len(second["trials"]) == 4
    assert first["trials"][0]["values"] == second["trials"][0]["values"]
    finals = [json.loads(path.read_text()) for path in (tmp_path / "tried").glob("*/record.json")]
    trials = [json.loads(path.read_text()) for path in (tmp_path / "tried").glob("trials/*/record.json")]
    assert {record["spec"]["seed"] for record in finals} == {0, 1}
    assert {record["spec"]["seed"] for record in trials} == {FIRST_SEED}
    best = {method["method"].partition("=")[2]: method["best"]["values"]["recipe.lr"] for method in told["methods"]}
    assert {record["spec"]["creation"]["name"]: f"{record['spec']['recipe']['lr']:.3g}" for record in finals} == best
    study = json.loads((tmp_path / "tried" / "study.json").read_text())
    assert "recipe.lr" in study["arms"]
    assert len(study["cells"]) == 2
    assert "swap_head" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([*WORDS[:-2], "study=x"], "nothing to search"),
        ([*WORDS, f"seed={FIRST_SEED}"], "a seed of the trials"),
        ([*WORDS, "recipe.lr=interval(1e-3,-1)"], "smaller to a larger"),
        ([*WORDS, "recipe.optimizer=adamw,adamww"], "adamww"),
        ([*WORDS, "search.trials=0"], "search.trials"),
        ([*WORDS, "hydra/launcher=submitit_slurm"], "has no effect on a search"),
    ],
)
def test_what_cannot_be_searched_is_told_before_anything_is_trained(
    words: list[str], told: str, tmp_path: Path
) -> None:
    with pytest.raises(RequestError, match=told):
        command([*words, f"out={tmp_path}"])
    assert not list(tmp_path.rglob("record.json"))
