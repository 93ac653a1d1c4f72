"""The first steps of a run as a rehearsal: the same steps, no gap between equals, and the cost that is told."""

from __future__ import annotations

import json
import math
from dataclasses import astuple, replace

import pytest
import torch

from harness.cli.commands.predict import predict
from harness.cli.requests import requests
from harness.diagnose.predict.motion import Head
from harness.diagnose.predict.steps.coefficients import StepsCoefficients
from harness.diagnose.predict.steps.continuation import alignment, go_on
from harness.diagnose.predict.steps.first import FirstSteps, Start, begin, take
from harness.diagnose.predict.steps.watch import watch
from harness.spec.errors import RequestError
from harness.spec.machine import Machine
from harness.spec.spec import Recipe, Spec
from harness.training.run import run, settle
from harness.training.setup import Setup

CPU = Machine(device="cpu", threads=1)
PLAN = ["data=made", "data.samples=300", "recipe.epochs=4", "recipe.batch_size=32", "tracking=none", "device=cpu"]
PAIR = "creation=create_model,swap_head"


@pytest.fixture
def planned() -> tuple[Spec, Spec]:
    first, second = (request.spec for request in requests([PAIR, *PLAN, "recipe.lr=1e-3"]))
    return first, second


def test_the_steps_are_bit_for_bit_the_first_ones_of_the_run(planned: tuple[Spec, Spec]) -> None:
    hardware = settle(CPU)
    for spec in planned:
        probed, start = begin(spec, CPU, hardware)
        take(probed, start, 2, hardware)
        curve = {point["step"]: point for point in run(spec, CPU).curve}
        seen = probed.validate(probed.learner)
        assert float(seen.losses().mean()) == curve[2]["val_loss"]
        with torch.random.fork_rng():
            real = Setup(spec, CPU, hardware)
            training = real.training()
            while training.step < 2:
                training.to_eval_point()
        ours, theirs = (each.built.model.state_dict() for each in (probed, real))
        assert all(torch.equal(value, theirs[name]) for name, value in ours.items())


def test_both_runs_take_their_steps_on_the_same_images_and_augmentation(planned: tuple[Spec, Spec]) -> None:
    hardware = settle(CPU)
    seen: list[list[torch.Tensor]] = []
    starts: list[Start] = []
    for spec in planned:
        setup, start = begin(spec, CPU, hardware, starts[0] if starts else None)
        starts.append(start)
        inputs: list[torch.Tensor] = []
        setup.built.model.register_forward_pre_hook(
            lambda _, given, kept=inputs: kept.append(given[0].clone())  # type: ignore[misc]
        )
        with torch.random.fork_rng():
            setup.training().take_steps(3)
        seen.append(inputs)
    assert len(seen[0]) == 3
    assert all(torch.equal(one, two) for one, two in zip(*seen, strict=True))
    assert starts[0].features is starts[1].features
    assert torch.equal(starts[0].images, starts[1].images)


def test_equal_creations_have_no_gap_and_train_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert predict([PAIR, *PLAN, "init=zeros", "probe_steps=2", "format=json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["kind"] == "same"
    assert [answer["planned"][name] for name in ("gap", "low", "high")] == [0, 0, 0]
    assert answer["planned"]["seen"]["step_seconds"] == 0


def test_the_cost_is_that_of_all_of_it_against_all_steps_of_the_runs(planned: tuple[Spec, Spec]) -> None:
    seen = watch(*planned, 2, CPU, seeds=2)
    assert seen.total == 240 // 32 * 4
    assert seen.fraction == 2 / seen.total
    whole = seen.step_seconds * seen.total / 2
    assert seen.cost == pytest.approx(seen.seconds / whole)
    assert seen.cost > seen.fraction
    assert seen.seconds > seen.step_seconds > 0


def test_exchanging_the_two_turns_what_is_rehearsed(planned: tuple[Spec, Spec]) -> None:
    first, second = planned
    one, other = watch(first, second, 2, CPU, seeds=1), watch(second, first, 2, CPU, seeds=1)
    assert (one.first, one.second) == (other.second, other.first)
    assert one.first is not None
    assert one.second is not None
    assert one.first.now_loss > one.second.now_loss  # the wide head of `create_model`


def _found(speed: float) -> tuple[FirstSteps, Recipe]:
    """First steps in which the features move along their kernel at a known speed."""
    random = torch.Generator().manual_seed(0)
    before, labels = torch.randn(64, 12, generator=random), torch.arange(64) % 3
    head = Head(torch.randn(3, 12, generator=random) / 4, torch.zeros(3))
    recipe = Recipe(optimizer="sgd", lr=0.05, epochs=10, batch_size=64, momentum=0.0)
    start = Start("", torch.empty(64, 0), labels, before[:8], before, head)
    still = FirstSteps(start, before, before, head, 1, 10, 1, 1.0)
    residual = ((before @ head.weight.T).softmax(dim=1) - torch.eye(3)[labels]) / 64
    likeness = before @ before.T
    drift = -recipe.lr * likeness / likeness.diagonal().mean() @ residual @ head.weight
    after = before + speed * drift
    return FirstSteps(start, after, after, head, still.done, still.total, 1, 1.0), recipe


@pytest.mark.parametrize("speed", [0.0, 0.7, 3.0])
def test_the_speed_of_the_features_is_found(speed: float) -> None:
    along, length = alignment(*_found(speed))
    assert along / length == pytest.approx(speed, abs=1e-4)


def test_features_that_move_help_the_images_not_learnt_from() -> None:
    still, moving = (go_on(*_found(1.0), speed) for speed in (0.0, 30.0))
    assert still.feature_shift == 0
    assert moving.feature_shift > 0
    assert moving.loss != still.loss
    assert (moving.now_loss, moving.moved) == (still.now_loss, still.moved)


def test_images_that_leave_all_features_at_zero_spoil_nothing() -> None:
    found, recipe = _found(1.0)
    before = found.start.features.clone()
    before[0] = 0
    dead = replace(found, start=replace(found.start, features=before))
    ended = go_on(dead, recipe, 1.0)
    assert all(math.isfinite(value) for value in astuple(ended))
    assert ended.moved < 10


def test_a_gap_of_the_coefficients_ends_at_a_hundred_points() -> None:
    known = StepsCoefficients(1.1, 12.0, 1.0, 0.1, 2.0, 0.9, {})
    assert known.gap(10.0, -0.5) == pytest.approx(5.0)
    assert known.gap(0.0, 0.0) == 0
    assert known.gap(99.0, 1.0) == 100
    assert known.half_width(-10.0) == pytest.approx(4.0)


def test_what_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert predict([PAIR, *PLAN, "recipe.lr=1e-3", "probe_steps=2"]) == 0
    told = capsys.readouterr().out
    assert "After 2 of 28 steps (7.1%) of both runs, 4 paired seeds:" in told
    assert "a cost of " in told


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["probe_steps=28"], r"probe_steps: the planned run has 28 steps; give fewer"),
        (["probe_steps=0"], "probe_steps: must be a number of steps"),
        (["probe_steps=5%"], "probe_steps: must be a number of steps"),
        (["probe_steps=2", "transfer=linear_probe"], "probe_steps: .* not transfer=linear_probe"),
        (["probe_steps=2", "transfer=frozen_backbone"], "probe_steps: .* not transfer=frozen_backbone"),
        (["probe_steps=2", "recipe.optimizer=lamb"], "recipe.optimizer: predict rehearses"),
        (["probe_steps=2", "recipe.schedule=plateau", "recipe.patience_epochs=1"], "recipe.schedule"),
        (["probe_steps=2", "init=orthogonal", "recipe.lr=1e-3,1e-2", "creation=swap_head"], "recipe: .* same"),
    ],
)
def test_wrong_requests_are_one_line(arguments: list[str], named: str) -> None:
    overrides = [PAIR, *PLAN, *arguments] if "creation=swap_head" not in arguments else [*PLAN, *arguments]
    with pytest.raises(RequestError, match=named) as refusal:
        predict(overrides)
    assert "\n" not in str(refusal.value)
