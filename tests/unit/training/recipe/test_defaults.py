"""The recipe by size: every override holds, follows its source, and stands in the table."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import pytest

from harness.spec.rules import faults
from harness.spec.spec import Spec
from harness.training.recipe.defaults import Recommendation, recommended
from harness.training.recipe.optimizer import check_optimizer

TABLE = Path(__file__).parents[4] / "docs" / "recipes.md"
GRID = list(
    product((10, 300, 5_000, 19_999, 20_000, 499_999, 1_281_167), (3e5, 2e7, 9e7), (True, False), (True, False))
)


def overrides(choices: tuple[Recommendation, ...]) -> dict[str, dict[str, Any]]:
    groups: dict[str, dict[str, Any]] = {}
    for choice in choices:
        group, _, key = choice.key.partition(".")
        groups.setdefault(group, {})[key] = choice.value
    return groups


@pytest.mark.parametrize(("images", "parameters", "pretrained", "transformer"), GRID)
def test_every_recipe_can_be_run(images: int, parameters: float, pretrained: bool, transformer: bool) -> None:
    choices = recommended(images, int(parameters), pretrained, transformer)
    spec = Spec.model_validate(overrides(choices))
    assert [*faults(spec), *check_optimizer(spec.recipe)] == []
    assert len({choice.key for choice in choices}) == len(choices)
    table = TABLE.read_text(encoding="utf-8")
    for choice in choices:
        assert choice.reason
        assert choice.source in table
        assert choice.key.partition(".")[2] in table


def test_the_rule_of_big_transfer() -> None:
    """500, 10,000 and 20,000 steps; mixup of 0.1 from 20,000 images on."""
    for images, steps, mixup in ((19_999, 500, None), (50_000, 10_000, 0.1), (1_281_167, 20_000, 0.1)):
        recipe = overrides(recommended(images, 25_000_000, True, False))["recipe"]
        assert recipe["epochs"] * images / recipe["batch_size"] == pytest.approx(steps, rel=0.1)
        assert recipe.get("mixup") == mixup
        assert (recipe["optimizer"], recipe["weight_decay"]) == ("sgd", 0)
        assert recipe["lr"] / recipe["batch_size"] == pytest.approx(0.003 / 512)


def test_what_a_models_size_changes() -> None:
    small, large = (overrides(recommended(1_281_167, size, False, True)) for size in (5_000_000, 86_000_000))
    assert "mixup" not in small["recipe"]
    assert large["recipe"]["mixup"] == 0.8
    assert large["recipe"]["grad_accum_steps"] == 8
    assert "regularization" not in small
    assert large["regularization"]["drop_path_rate"] == 0.5
