"""Learning rates over the steps of a run."""

from __future__ import annotations

import math
from importlib import import_module
from typing import Any

import pytest
import torch
from timm.scheduler import CosineLRScheduler
from torch.optim import SGD

from harness.spec.spec import SCHEDULES, Recipe, Spec
from harness.spec.variants import variants
from harness.training.recipe.schedules import LearningRate

rules = import_module("harness.spec.training_rules")  # its function has the name of the module

NEEDED: dict[str, dict[str, Any]] = {"multistep": {"decay_milestones": (2, 3)}, "plateau": {"patience_epochs": 0}}
FIXED = sorted(set(variants(SCHEDULES)) - {"plateau"})


def asked(**fields: Any) -> Recipe:
    recipe = Recipe.model_validate({"lr": 1.0, "epochs": 4, **fields})
    if missing := rules.missing_schedule(recipe.schedule):
        pytest.skip(missing)
    return recipe


def rates(**fields: Any) -> list[float]:
    recipe = asked(**fields)
    return list(map(LearningRate(recipe, 10), range(10 * recipe.epochs)))


@pytest.mark.parametrize("schedule", variants(SCHEDULES))
@pytest.mark.parametrize("warmup_epochs", [0, 0.5, 4])
def test_every_schedule_warms_up_to_the_peak_and_never_exceeds_it(schedule: str, warmup_epochs: float) -> None:
    found = rates(schedule=schedule, warmup_epochs=warmup_epochs, **NEEDED.get(schedule, {}))
    warmup = round(10 * warmup_epochs)
    assert found[:warmup] == pytest.approx([(step + 1) / warmup for step in range(warmup)])
    assert all(0 <= rate <= 1 for rate in found)
    if warmup < len(found):
        assert found[warmup] == pytest.approx(1, abs=0.002)  # the hyperbolic tangent begins just below
        assert found[warmup:] == sorted(found[warmup:], reverse=True)


@pytest.mark.parametrize("schedule", ["cosine", "linear", "poly", "tanh", "wsd", "rsqrt"])
def test_the_floor_lifts_the_end(schedule: str) -> None:
    low, lifted = rates(schedule=schedule), rates(schedule=schedule, min_lr=0.1)
    assert 0 < low[-1] < lifted[-1]
    assert lifted[-1] >= 0.1


def test_the_cosine_is_timms() -> None:
    optimizer = SGD([torch.zeros(1)], lr=1.0)
    scheduler = CosineLRScheduler(optimizer, t_initial=40, t_in_epochs=False)
    theirs = []
    for step in range(40):
        scheduler.step_update(step)
        theirs.append(optimizer.param_groups[0]["lr"])
    assert rates() == pytest.approx(theirs)


def test_shapes() -> None:
    assert rates(schedule="linear") == pytest.approx([1 - step / 40 for step in range(40)])
    assert rates(schedule="poly") == pytest.approx([math.sqrt(1 - step / 40) for step in range(40)])
    assert rates(schedule="poly", power=2) == pytest.approx([(1 - step / 40) ** 2 for step in range(40)])
    assert rates(schedule="step", decay_epochs=1.5) == pytest.approx([0.1 ** (step // 15) for step in range(40)])
    expected = [1.0] * 20 + [0.5] * 10 + [0.25] * 10
    for warmup in (0, 1):
        found = rates(schedule="multistep", decay_milestones=(2, 3), decay_rate=0.5, warmup_epochs=warmup)
        assert found[10:] == pytest.approx(expected[10:])


def test_shapes_with_a_cooldown() -> None:
    assert rates(schedule="wsd", decay_epochs=1)[:31] == [1.0] * 31
    assert rates(schedule="rsqrt")[10] == pytest.approx(2**-0.5)


def test_a_plateau_is_told_by_validation() -> None:
    schedule = LearningRate(Recipe(lr=1.0, schedule="plateau", patience_epochs=1, decay_rate=0.5), 10)
    seen = []
    for loss in (3.0, 2.0, 2.0, 2.0, 1.0):
        schedule.observe(loss)
        seen.append(schedule(0))
    assert seen == [1.0, 1.0, 1.0, 0.5, 0.5]
    rising = LearningRate(Recipe(lr=1.0, schedule="plateau", patience_epochs=0, monitor="val_top1"), 10)
    for top1 in (50.0, 60.0, 70.0):
        rising.observe(top1)
    assert rising(0) == 1.0


@pytest.mark.parametrize("schedule", FIXED)
def test_other_schedules_are_fixed_beforehand(schedule: str) -> None:
    recipe = asked(schedule=schedule, **NEEDED.get(schedule, {}))
    observed, plain = LearningRate(recipe, 10), LearningRate(recipe, 10)
    observed.observe(1.0)
    observed.observe(9.0)
    assert list(map(observed, range(40))) == list(map(plain, range(40)))


def test_a_schedule_that_this_timm_lacks_is_a_fault_of_the_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "version", lambda package: "1.0.27")
    found = {name: list(rules.recipe(Spec(recipe=Recipe(schedule=name)))) for name in ("cosine", "wsd", "rsqrt")}
    assert found.pop("cosine") == []
    for name, lines in found.items():
        assert lines == [f"recipe.schedule: schedule={name} needs timm 1.0.31 or later, and 1.0.27 is installed"]
    monkeypatch.setattr(rules, "version", lambda package: "1.1.0.dev0")
    assert list(rules.recipe(Spec(recipe=Recipe(schedule="wsd")))) == []
