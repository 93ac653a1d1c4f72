"""The sentences follow the numbers, whichever way they point, and never break."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.analysis.answer import answer

from .synthetic import record, spec, synthetic_runs, write_study

pytestmark = pytest.mark.usefixtures("undrawn")

TINY: dict[str, Any] = {"rates": (1e-3,), "epochs": (2,), "backbones": ("test_efficientnet",), "replicates": False}


def study(tmp_path: Path, values: Callable[[str, int, float], float], seeds: int = 9, **changes: Any) -> str:
    """The answer to a study of two methods at three rates."""
    records = [
        record(spec(creation=creation, recipe__lr=lr, seed=seed), values(creation, seed, lr), seed)
        for creation in ("create_model", "swap_head")
        for lr in (1e-4, 1e-3, 1e-2)
        for seed in range(seeds)
    ]
    return "\n".join(answer(write_study(tmp_path, records, **changes)).sentences)


def test_the_other_direction_is_told_as_plainly(tmp_path: Path) -> None:
    text = study(
        tmp_path, lambda creation, seed, lr: 60 + seed % 3 + (10 + seed % 2 if creation == "create_model" else 0)
    )
    assert "create_model beats swap_head in all 3 configurations" in text
    assert "create_model needs no change there" in text
    assert "Recommendation" not in text


def test_a_gap_that_changes_sides(tmp_path: Path) -> None:
    sign = {1e-4: 1, 1e-3: 0, 1e-2: -1}
    text = study(
        tmp_path, lambda creation, seed, lr: 60 + (creation == "swap_head") * (sign[lr] * 8 + 0.1 * (seed % 3 - 1))
    )
    assert "a gap in both directions. swap_head beats create_model in 1 and loses in 1 of 3 configurations" in text


def test_no_gap_is_said_to_be_none(tmp_path: Path) -> None:
    text = study(tmp_path, lambda creation, seed, lr: 60 + seed)
    assert "no gap. swap_head against create_model: equivalent within ± 1 points in all 3 configurations" in text
    assert "the creation method has no effect, and either may be used" in text
    assert "cause" not in text.lower()


def test_a_difference_below_the_margin_is_called_so(tmp_path: Path) -> None:
    text = study(tmp_path, lambda creation, seed, lr: 60 + (creation == "swap_head") * (0.4 + 0.01 * (seed % 2)))
    assert "below the margin of practical equivalence" in text


def test_learning_rates_are_told_for_each_optimiser(tmp_path: Path) -> None:
    size = {("adamw", 1e-4): 20, ("adamw", 1e-3): 0, ("sgd", 1e-3): 20, ("sgd", 1e-1): 0}
    records = []
    for (optimizer, lr), points in size.items():
        for seed in range(8):
            for creation in ("create_model", "swap_head"):
                content = spec(creation=creation, recipe__lr=lr, recipe__optimizer=optimizer, seed=seed)
                top1 = 60 + (creation == "swap_head") * (points + 0.1 * (seed % 2) * (points > 0))
                records.append(record(content, top1, seed))
    text = "\n".join(answer(write_study(tmp_path, records)).sentences)
    assert (
        "with adamw in every configuration at learning rate 0.0001, in none at 0.001; with sgd in every configuration"
        in text
    )
    assert "learning rate 0.001, in none at 0.1" in text


def test_one_lucky_cell_of_many_is_no_gap(tmp_path: Path) -> None:
    wobble = [3.0, -3.0, 2.0, -2.0, 3.0, -3.0, 2.0, -2.0]
    records = []
    for epochs in range(1, 21):
        for seed in range(8):
            shift = wobble[seed] + (2.4 if epochs == 7 else 0)
            for creation in ("create_model", "swap_head"):
                content = spec(creation=creation, recipe__epochs=epochs, seed=seed)
                records.append(record(content, 60 + (creation == "swap_head") * shift, seed))
    found = answer(write_study(tmp_path, records))
    assert (found.summary["verdict"] == "different").sum() == 0
    assert (found.summary["verdict_alone"] == "different").sum() == 1
    text = "\n".join(found.sentences)
    assert "the interval excludes zero in 1 of 20 configurations where about 1.0 are expected by chance" in text
    assert "a gap." not in text


@pytest.mark.parametrize("winner", ["swap_head", "custom"])
def test_a_remedy_that_does_not_help_is_not_offered(winner: str, tmp_path: Path) -> None:
    levels = {("create_model", "keep"): 50, (winner, "keep"): 70, ("create_model", "zeros"): 50}
    target = {"creation__target": "mine.build"}
    records = [
        record(
            spec(creation=creation, init=init, seed=seed, **(target if creation == "custom" else {})),
            level + seed + 0.1 * (seed % 3) * (init == "zeros"),
            seed,
        )
        for (creation, init), level in levels.items()
        for seed in range(8)
    ]
    text = "\n".join(answer(write_study(tmp_path, records)).sentences)
    line = {"swap_head": "`model.classifier = torch.nn.Linear(256, n)`", "custom": "use mine.build, keep"}
    assert line[winner] in text
    assert "zeros_" not in text


def test_too_few_seeds_give_numbers_but_no_verdict(tmp_path: Path) -> None:
    text = study(tmp_path, lambda creation, seed, lr: 60 + seed + 9 * (creation == "swap_head"), seeds=7)
    assert "no verdict with 7 pairs of runs per configuration (at least 8 are needed)" in text
    assert "+9.0 [9.0, 9.0]" in text
    assert "no effect" not in text


def test_the_cause_is_not_claimed_without_the_exchange(tmp_path: Path) -> None:
    text = study(tmp_path, lambda creation, seed, lr: 60 + 20 * (creation == "swap_head") + 0.1 * (seed % 3))
    assert "The records do not show the cause: the head's initialisation was not exchanged" in text


def test_equal_arms_are_told_once(tmp_path: Path) -> None:
    arms = (("create_model", "keep"), ("swap_head", "keep"), ("reset_classifier", "keep"))
    told = answer(write_study(tmp_path, synthetic_runs(**TINY | {"seeds": 8, "arms": arms}))).sentences
    assert any(
        "reset_classifier gives the same runs as swap_head, number by number" in line
        or "swap_head gives the same runs as reset_classifier, number by number" in line
        for line in told
    )
    assert any("`model.reset_classifier(n)`" in line for line in told)


def test_arms_need_not_be_creation_methods(tmp_path: Path) -> None:
    records = [
        record(spec(seed=seed, regularization__drop_rate=rate), 70 + seed + 10 * (rate or 0) + 0.1 * (seed % 2), seed)
        for seed in range(9)
        for rate in (None, 0.2)
    ]
    changes = {"arms": ["regularization.drop_rate"], "baseline": {"regularization.drop_rate": None}}
    text = "\n".join(answer(write_study(tmp_path, records, **changes)).sentences)
    assert "drop_rate 0.2 beats drop_rate default by 2.0 points" in text
    assert "creation" not in text
    assert "cause is" not in text


def bare(content: dict[str, Any]) -> Any:
    """A record that says nothing but that it is there."""
    nothing: dict[str, Any] = {"metrics": {}, "curve": [], "birth": {}, "statistics": [], "data": {}, "timing": {}}
    return record(content, 50.0, 0, **nothing, provenance={})


EDGES: dict[str, tuple[Callable[[], list[Any]], dict[str, Any], str]] = {
    "no record": (list, {"cells": ["abc"]}, "No records yet"),
    "one run": (lambda: [record(spec(), 50.0, 0)], {}, "the study has one method only"),
    "one arm": (
        lambda: synthetic_runs(**TINY | {"arms": (("create_model", "keep"),)}),
        {},
        "the study has one method only",
    ),
    "one seed": (lambda: synthetic_runs(**TINY | {"seeds": 1}), {}, "no verdict with 1 pair"),
    "no baseline": (
        lambda: synthetic_runs(**TINY | {"seeds": 2, "arms": (("swap_head", "keep"), ("swap_head", "zeros"))}),
        {},
        "no run belongs to the baseline (creation=create_model, init=keep, replicate=0)",
    ),
    "all failed": (
        lambda: [record(entry.spec, 1.0, 0, "failed") for entry in synthetic_runs(**TINY | {"seeds": 2})],
        {},
        "8 runs failed and take no part",
    ),
    "all diverged": (
        lambda: [record(entry.spec, 1.0, 0, "diverged") for entry in synthetic_runs(**TINY | {"seeds": 2})],
        {},
        "8 runs diverged",
    ),
    "nothing recorded": (
        lambda: [bare(entry.spec) for entry in synthetic_runs(**TINY | {"seeds": 2})],
        {},
        "No comparison",
    ),
    "cells missing": (lambda: [record(spec(), 50.0, 0)], {"cells": []}, "1 run in 1 configuration"),
    "no arms named": (
        lambda: synthetic_runs(**TINY | {"seeds": 2}),
        {"arms": [], "baseline": {}},
        "8 runs in 4 configurations",
    ),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("edge", EDGES)
@pytest.mark.parametrize("historical", [None, [77, 94]])
def test_poor_studies_get_sensible_words(edge: str, historical: list[float] | None, tmp_path: Path) -> None:
    make, changes, expected = EDGES[edge]
    found = answer(write_study(tmp_path, make(), **{"historical": historical} | changes))
    text = "\n".join(found.sentences)
    assert expected in text
    assert "nan" not in text
    assert found.paths["report.html"].read_text().count("<h1>") == 1
    assert "summary.csv" in found.paths


def test_the_line_is_that_of_each_backbone_at_hand(tmp_path: Path) -> None:
    heads = {
        "resnet18": [{"name": "fc", "kind": "Linear", "in_features": 512}],
        "squeezenet1_1": [{"name": "classifier.1", "kind": "Conv2d", "in_features": 512}],
    }
    records = []
    for backbone, known in heads.items():
        for creation, level in (("create_model", 50), ("swap_head", 70)):
            for seed in range(8):
                made = record(spec(backbone=backbone, creation=creation, seed=seed), level + seed, seed)
                for entry, told in zip(made.birth["head"], known, strict=True):
                    entry |= told
                records.append(made)
    text = "\n".join(answer(write_study(tmp_path, records)).sentences)
    assert "`model.fc = torch.nn.Linear(512, n)` (resnet18)" in text
    assert "`model.classifier[1] = torch.nn.Conv2d(512, n, kernel_size=1)` (squeezenet1_1)" in text
    assert "num_features" not in text


def test_records_that_know_no_head_give_no_line(tmp_path: Path) -> None:
    records = []
    for creation, level in (("create_model", 50), ("swap_head", 70)):
        for seed in range(8):
            made = record(spec(creation=creation, seed=seed), level + seed, seed)
            del made.birth["head"]
            records.append(made)
    text = "\n".join(answer(write_study(tmp_path, records)).sentences)
    assert ": use swap_head." in text
