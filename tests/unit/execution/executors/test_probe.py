"""A pack of heads gives what its runs give one by one, whoever else is in the pack."""

from __future__ import annotations

from typing import Any

import pytest

from harness.spec.identity import run_id
from harness.spec.spec import Backbone, Init, Spec, Weights

from .conftest import Train, probe_spec

CLOSE = 1e-5
"""Relative deviation of losses that float32 leaves after some steps in another order of summation."""

RUNS = [
    probe_spec(seed, drop_rate=rate, lr=lr, weight_decay=decay, label_smoothing=smoothing)
    for seed, rate, lr, decay, smoothing in (
        (0, 0.0, 1e-3, 0.0, 0.0),
        (0, 0.0, 1e-1, 0.05, 0.1),
        (1, 0.3, 1e-2, 0.05, 0.0),
        (2, 0.5, 1e-2, 0.0, 0.2),
    )
]


def _losses(record: dict[str, Any]) -> list[float]:
    return [value for point in record["curve"] for value in (point["val_loss"], point["train_loss"]) if value]


@pytest.mark.parametrize(
    "recipe",
    [
        {"balance": "loss"},
        {"optimizer": "sgd", "momentum": 0.8, "balance": "sampling"},
        {"optimizer": "momentum", "schedule": "plateau", "patience_epochs": 0},
    ],
)
def test_a_pack_gives_what_single_runs_give(train: Train, recipe: dict[str, Any]) -> None:
    specs = [spec.model_copy(update={"recipe": spec.recipe.model_copy(update=recipe)}) for spec in RUNS]
    alone, packed = train("sequential", specs), train("probe", specs)
    for identity, expected in alone.items():
        found = packed[identity]
        assert found["provenance"]["executor"] == "probe"
        assert found["provenance"]["pack"] == len(specs)
        assert "pack" not in expected["provenance"]
        assert _losses(found) == pytest.approx(_losses(expected), rel=CLOSE)
        assert found["metrics"]["loss"] == pytest.approx(expected["metrics"]["loss"], rel=CLOSE)
        assert abs(found["metrics"]["top1"] - expected["metrics"]["top1"]) <= 100 / expected["data"]["n_test"]
        assert [point["lr"] for point in found["curve"]] == [point["lr"] for point in expected["curve"]]
        norms = [[point["grad_norm_head"] for point in record["curve"][1:]] for record in (found, expected)]
        assert norms[0] == pytest.approx(norms[1], rel=1e-3)
        assert found["birth"] == expected["birth"]
        assert found["data"] == expected["data"]
        assert found["timing"].keys() == expected["timing"].keys()
        moved = [record["statistics"][0]["distance"] for record in (found, expected)]
        assert moved[0] == pytest.approx(moved[1], rel=1e-4)


def test_a_run_does_not_depend_on_its_pack(train: Train) -> None:
    whole, turned = train("probe", RUNS), train("probe", RUNS[::-1])
    some = train("probe", [RUNS[2], RUNS[0]]) | train("probe", [RUNS[3]])
    for identity, expected in whole.items():
        assert _losses(turned[identity]) == pytest.approx(_losses(expected), rel=1e-6)
        if identity in some:
            assert _losses(some[identity]) == pytest.approx(_losses(expected), rel=1e-6)


def test_equal_runs_of_a_pack_are_equal(train: Train) -> None:
    """Two creations that draw the same head: a report tells that they are one, and must be able to."""
    one, other = (
        probe_spec(creation=creation).model_copy(update={"init": Init(name="torch_default")})
        for creation in ("create_model", "reset_classifier")
    )
    found = train("probe", [one, other, *RUNS[1:]])
    assert found[run_id(one)]["curve"] == found[run_id(other)]["curve"]


def test_a_run_that_diverges_leaves_the_others_alone(train: Train) -> None:
    wild = probe_spec(5, lr=1e38, optimizer="sgd")
    calm = probe_spec(6, lr=1e-2, optimizer="sgd")
    alone, packed = train("sequential", [wild, calm]), train("probe", [wild, calm])
    assert alone[run_id(wild)]["status"] == packed[run_id(wild)]["status"] == "diverged"
    assert len(packed[run_id(wild)]["curve"]) == len(alone[run_id(wild)]["curve"])
    assert _losses(packed[run_id(calm)]) == pytest.approx(_losses(alone[run_id(calm)]), rel=CLOSE)


def test_a_head_that_the_optimizer_does_not_hold_stays(train: Train) -> None:
    specs = [probe_spec(creation="optimizer_first", weight_decay=0.1), probe_spec(weight_decay=0.1)]
    packed = train("probe", specs)
    still, moving = (packed[run_id(spec)]["statistics"][0]["distance"] for spec in specs)
    assert still == 0 < moving


@pytest.mark.parametrize(
    "recipe",
    [
        {"clip_grad": 1.0},
        {"ema_decay": 0.9},
        {"early_stopping": 1, "epochs": 2},
        {"optimizer": "lamb"},
    ],
)
def test_what_a_pack_cannot_do_is_trained_by_itself(train: Train, recipe: dict[str, Any]) -> None:
    odd, plain = probe_spec(**recipe), probe_spec()
    found = train("probe", [odd, plain])
    assert found[run_id(odd)]["provenance"]["executor"] == "processes"
    assert found[run_id(plain)]["provenance"]["executor"] == "probe"


def test_what_fails_before_training_fails_alone(train: Train) -> None:
    broken: Spec = probe_spec().model_copy(update={"backbone": RUNS[0].backbone.model_copy(update={"name": "nothing"})})
    found = train("probe", [broken, RUNS[0]])
    assert [found[run_id(spec)]["status"] for spec in (broken, RUNS[0])] == ["failed", "finished"]


def test_a_pack_drops_what_each_model_drops(train: Train) -> None:
    """Lost dropout is lost in every executor: the run is that of a swapped head without any."""
    lost, kept = (probe_spec(creation=creation, drop_rate=0.5) for creation in ("dropout_lost", "swap_head"))
    without = probe_spec(creation="swap_head")
    specs = [lost, kept, without]
    by = {executor: train(executor, specs) for executor in ("sequential", "processes", "probe")}
    assert {record["provenance"].get("pack") for record in by["probe"].values()} == {3}
    for found in by.values():
        curves = {run: _losses(record) for run, record in found.items()}
        assert curves[run_id(lost)] == curves[run_id(without)]
        assert curves[run_id(lost)] != pytest.approx(curves[run_id(kept)], rel=1e-3)
        for run, expected in by["sequential"].items():
            assert curves[run] == pytest.approx(_losses(expected), rel=CLOSE)


def test_heads_whose_answers_become_one_are_trained_by_themselves(
    train: Train, capfd: pytest.CaptureFixture[str]
) -> None:
    two = probe_spec(drop_rate=0.2).model_copy(
        update={"backbone": Backbone(name="deit_tiny_distilled_patch16_224"), "weights": Weights(name="none")}
    )
    alone, packed = train("sequential", [two]), train("probe", [two, RUNS[0]])
    found, expected = packed[run_id(two)], alone[run_id(two)]
    assert found["provenance"]["executor"] == "processes"
    assert _losses(found) == _losses(expected)
    assert [head["name"] for head in found["birth"]["head"]] == ["head", "head_dist"]
    assert packed[run_id(RUNS[0])]["provenance"]["executor"] == "probe"
    assert "several heads, whose answers become one" in capfd.readouterr().err
