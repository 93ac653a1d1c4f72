"""Runs of one seed share split, order and augmentation; a replicate moves the head's draw and dropout alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from harness.records.record import Record
from harness.spec.spec import Spec

Quick = Callable[..., Spec]
Trained = Callable[[Spec], Record]
Same = Callable[[Record, Record], None]
PROBE = {"transfer": {"name": "linear_probe"}}


def test_creation_methods_see_the_same_images(quick: Quick, trained: Trained) -> None:
    first, second = (trained(quick(creation={"name": method}, **PROBE)) for method in ("create_model", "swap_head"))
    assert first.data == second.data
    assert first.birth["backbone_hash"] == second.birth["backbone_hash"]


@pytest.mark.parametrize("transforms", ["none", "crop_flip", "mild"])
def test_order_and_augmentation_are_the_same(
    transforms: str, quick: Quick, trained: Trained, assert_same: Same
) -> None:
    """With a head of zeros nothing but them is left that could differ."""
    first, second = (
        trained(quick(creation={"name": method}, init={"name": "zeros"}, transforms={"name": transforms}))
        for method in ("create_model", "swap_head")
    )
    assert_same(first, second)


@pytest.mark.parametrize(
    "recipe", [{"mixup": 0.2, "cutmix": 1.0}, {"balance": "sampling"}, {"balance": "loss", "ema_decay": 0.9}], ids=str
)
def test_a_recipes_draws_are_the_same(
    recipe: dict[str, Any], quick: Quick, trained: Trained, assert_same: Same
) -> None:
    """Partners, shares and boxes of mixed images, and the order of balanced ones."""
    zeros = {"init": {"name": "zeros"}, "recipe": recipe}
    first, second, replicate = (
        trained(quick(**zeros, **more)) for more in ({}, {"creation": {"name": "swap_head"}}, {"replicate": 1})
    )
    assert_same(first, second)
    assert_same(first, replicate)
    assert first.curve[-1] != trained(quick(init={"name": "zeros"})).curve[-1]


def test_a_replicate_is_another_head_on_the_same_backbone_and_images(quick: Quick, trained: Trained) -> None:
    first, second = (trained(quick(replicate=number, **PROBE)) for number in (0, 1))
    assert first.data == second.data
    assert first.birth["backbone_hash"] == second.birth["backbone_hash"]
    assert first.birth["head"][0]["weight"] != second.birth["head"][0]["weight"]
    assert first.curve[0]["val_loss"] != second.curve[0]["val_loss"]


@pytest.mark.parametrize("transfer", ["full", "linear_probe"])
def test_a_replicate_keeps_the_order(transfer: str, quick: Quick, trained: Trained, assert_same: Same) -> None:
    first, second = (
        trained(quick(replicate=number, init={"name": "zeros"}, transfer={"name": transfer})) for number in (0, 1)
    )
    assert_same(first, second)


def test_a_replicate_moves_dropout(quick: Quick, trained: Trained) -> None:
    fields: dict[str, Any] = {"init": {"name": "zeros"}, "regularization": {"drop_rate": 0.5}, **PROBE}
    first, second = (trained(quick(replicate=number, **fields)) for number in (0, 1))
    assert first.curve[0] == second.curve[0]
    assert first.curve[-1]["val_loss"] != second.curve[-1]["val_loss"]


def test_a_seed_moves_everything_but_the_weights(quick: Quick, trained: Trained) -> None:
    first, second = (trained(quick(seed=number, **PROBE)) for number in (0, 1))
    assert first.data["split_hash"] != second.data["split_hash"]
    assert first.data["test_hash"] == second.data["test_hash"]
    assert first.birth["backbone_hash"] == second.birth["backbone_hash"]
    assert first.cell_id == second.cell_id
    assert first.run_id != second.run_id
