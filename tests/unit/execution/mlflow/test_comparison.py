"""Methods are compared at the settings that they share, over all their runs there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from harness.execution.mlflow.comparison import MethodComparison

Make = Callable[..., dict[str, Any]]
STUDY = {"name": "gap", "cells": ["x"]}


@pytest.fixture
def run(make_record: Make) -> Make:
    """A record of a creation method, by seed, accuracy, and what its recipe has beside the defaults."""

    def made(creation: str, seed: int, top1: float, init: str = "keep", **recipe: Any) -> dict[str, Any]:
        record = make_record(creation, seed)
        record["spec"]["init"]["name"] = init
        record["spec"]["recipe"] |= recipe
        record["metrics"]["top1"] = top1
        return {**record, "run_id": f"{creation} {init} {seed} {recipe}", "cell_id": "x"}

    return made


def test_means_are_over_all_runs(run: Make) -> None:
    """However many: MLflow's own groups hold what a page has loaded, the best hundred."""
    means = MethodComparison(STUDY, [run("create_model", seed, seed) for seed in range(150)]).means()["create_model"]
    assert means["test_top1"] == pytest.approx(149 / 2)
    assert means["initial_loss"] == 2.9
    assert means["test_top1_std"] == pytest.approx(43.446, abs=1e-3)
    assert means["runs"] == 150


def test_only_finished_runs_of_the_study_take_part_each_once(run: Make) -> None:
    records = [
        run("create_model", 0, 10.0),
        run("create_model", 0, 80.0),
        {**run("create_model", 1, 10.0), "status": "diverged"},
        {**run("swap_head", 2, 10.0), "status": "failed"},
        {**run("create_model", 7, 10.0), "cell_id": "of another study"},
    ]
    means = MethodComparison(STUDY, records).means()
    assert {name: (found["test_top1"], found["runs"]) for name, found in means.items()} == {"create_model": (80.0, 1)}


def test_methods_are_compared_at_settings_that_they_share(run: Make) -> None:
    """`zeros` ran at the easy rate alone. Its mean beside those over both rates would make it the better method."""
    records = [
        run(creation, 0, 90 - 40 * (lr > 0.01), lr=lr)
        for creation in ("create_model", "swap_head")
        for lr in (0.01, 1.0)
    ]
    records += [run("swap_head", 0, 85, init="zeros", lr=0.01)]
    comparison = MethodComparison(STUDY, records)
    widest, narrower = comparison.shared
    assert widest.methods == ("create_model", "swap_head")
    assert narrower.methods == ("create_model", "swap_head", "swap_head, zeros")
    assert (widest.name, narrower.name) == ("", " at 1 of 2 settings")
    means = comparison.means()
    assert [means[name]["test_top1"] for name in widest.methods] == [70, 70]
    assert [means[name]["test_top1 at 1 of 2 settings"] for name in narrower.methods] == [90, 90, 85]
    assert "test_top1" not in means["swap_head, zeros"], "a mean over other settings is no neighbour of theirs"


def test_every_method_is_shown_and_no_two_comparisons_share_a_name(run: Make) -> None:
    records = [run("create_model", 0, 1, lr=0.1), run("create_model", 0, 2, lr=0.2), run("create_model", 0, 3, lr=0.3)]
    records += [run("swap_head", 0, 1, lr=0.1), run("reset_classifier", 0, 2, lr=0.2)]
    records += [run("add_classifier", 0, 5, lr=0.7)]
    shared = MethodComparison(STUDY, records).shared
    assert {name for each in shared for name in each.methods} == {
        "create_model", "swap_head", "reset_classifier", "add_classifier"
    }  # fmt: skip
    assert len({each.name for each in shared}) == len(shared)
    assert len(shared[0].methods) == 2, "one method alone is no comparison, however wide"


def test_a_line_is_over_settings_alike_in_all_else(run: Make) -> None:
    """Ten epochs at the low rate alone: they must not lift its mean over the other rates' means."""
    rates = {0.001: 60.0, 0.01: 70.0, 0.1: 80.0}
    records = [run("create_model", seed, top1 + seed, lr=lr, epochs=3) for lr, top1 in rates.items() for seed in (0, 1)]
    records += [run("create_model", 0, 99.0, lr=0.001, epochs=10)]
    lines = {line.axis: line for line in MethodComparison(STUDY, records).lines}
    assert lines["recipe.lr"].values == (0.001, 0.01, 0.1)
    assert lines["recipe.lr"].means == {"create_model": (60.5, 70.5, 80.5)}
    assert lines["recipe.epochs"].means == {"create_model": (60.5, 99.0)}
    assert set(lines) == {"recipe.lr", "recipe.epochs"}


def test_what_methods_differ_in_is_no_axis(run: Make) -> None:
    records = [run("create_model", 0, 60.0, lr=lr) for lr in (0.001, 0.01)]
    assert [line.axis for line in MethodComparison(STUDY, records).lines] == ["recipe.lr"]
    tuned = MethodComparison({**STUDY, "arms": ["creation", "recipe.lr"]}, records)
    assert tuned.lines == []
    assert set(tuned.means()) == {"create_model", "create_model, lr=0.01"}
