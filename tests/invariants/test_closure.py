"""Where the law of the head's draw is the same, creation methods are the same: bit by bit, to the last prediction."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from harness.records.record import Record
from harness.spec.spec import Spec
from tests.strategies import STRATEGIES, groups

Quick = Callable[..., Spec]
Trained = Callable[[Spec], Record]
Same = Callable[[Record, Record], None]
METHODS = ("create_model", "swap_head", "reset_classifier")


def configured(quick: Quick, backbone: str, creation: str, init: str, transfer: str, **groups: Any) -> Spec:
    return quick(
        backbone={"name": backbone},
        creation={"name": creation},
        init={"name": init},
        transfer={"name": transfer},
        **groups,
    )


@pytest.mark.parametrize("transfer", ["full", "linear_probe"])
@pytest.mark.parametrize("backbone", ["test_efficientnet", "test_resnet"])
@pytest.mark.parametrize("init", ["torch_default", "zeros", "fitted"])
def test_an_exchanged_head_closes_the_gap(
    init: str, backbone: str, transfer: str, quick: Quick, trained: Trained, assert_same: Same
) -> None:
    first, *others = (trained(configured(quick, backbone, method, init, transfer)) for method in METHODS)
    assert first.status == "finished"
    for other in others:
        assert_same(first, other)
        assert first.birth == other.birth


@pytest.mark.parametrize("init", ["simplex_etf", "mup", "class_means"])
def test_so_does_every_head_from_the_literature(init: str, quick: Quick, trained: Trained, assert_same: Same) -> None:
    fields: dict[str, Any] = {"init": {"name": init, "scale": 0.5}, "transfer": {"name": "linear_probe"}}
    first, *others = (trained(quick(creation={"name": method}, **fields)) for method in METHODS)
    for other in others:
        assert_same(first, other)
        assert first.birth == other.birth


@pytest.mark.parametrize("transfer", [name for name in STRATEGIES if name not in ("full", "linear_probe")])
def test_it_closes_under_every_strategy(transfer: str, quick: Quick, trained: Trained, assert_same: Same) -> None:
    fields = groups(transfer)
    fields["transfer"]["batchnorm"] = "reestimated"
    first, second = (
        trained(quick(creation={"name": method}, init={"name": "zeros"}, **fields)) for method in METHODS[:2]
    )
    assert_same(first, second)
    assert first.birth == second.birth


@pytest.mark.parametrize("transfer", ["full", "linear_probe"])
@pytest.mark.parametrize(
    ("kept", "named", "init"),
    [
        ("create_model", "swap_head", "fan_out_uniform"),
        ("swap_head", "create_model", "torch_default"),
        ("reset_classifier", "create_model", "torch_default"),
    ],
)
def test_what_a_method_keeps_has_a_name(
    kept: str, named: str, init: str, transfer: str, quick: Quick, trained: Trained, assert_same: Same
) -> None:
    """EfficientNet's own law under one method is a named init scheme under the other."""
    own = trained(configured(quick, "test_efficientnet", kept, "keep", transfer))
    assert_same(own, trained(configured(quick, "test_efficientnet", named, init, transfer)))


@pytest.mark.parametrize("transfer", ["full", "linear_probe"])
def test_a_resnet_is_the_negative_control(transfer: str, quick: Quick, trained: Trained, assert_same: Same) -> None:
    """timm's ResNet draws its head as nn.Linear does, so that its methods differ in nothing."""
    first, *others = (trained(configured(quick, "test_resnet", method, "keep", transfer)) for method in METHODS)
    for other in others:
        assert_same(first, other)


@pytest.mark.parametrize("backbone", ["test_efficientnet", "test_vit", "test_convnext"])
def test_without_the_exchange_methods_differ(backbone: str, quick: Quick, trained: Trained) -> None:
    first, second = (
        trained(configured(quick, backbone, method, "keep", "linear_probe")) for method in ("create_model", "swap_head")
    )
    assert first.birth["backbone_hash"] == second.birth["backbone_hash"]
    assert first.curve[0]["val_loss"] != second.curve[0]["val_loss"]


def test_the_head_of_create_model_is_wider_by_a_known_factor(quick: Quick, trained: Trained) -> None:
    """U(±1/√classes) against U(±1/√features) on one unit draw: the ratio is exact, not only expected."""
    wide, narrow = (
        trained(configured(quick, "test_efficientnet", method, "keep", "linear_probe")).birth
        for method in ("create_model", "swap_head")
    )
    features, classes = wide["head"][0]["in_features"], wide["head"][0]["out_features"]
    for measure in ("std", "min", "max", "norm"):
        ratio = wide["head"][0]["weight"][measure] / narrow["head"][0]["weight"][measure]
        assert ratio == pytest.approx(math.sqrt(features / classes), rel=1e-5)
    assert wide["head"][0]["bias"]["norm"] == 0 < narrow["head"][0]["bias"]["norm"]
    assert wide["initial_loss"] > narrow["initial_loss"] > wide["uniform_loss"]
    assert wide["logit_std"] > 4 * narrow["logit_std"]


def test_a_short_probe_at_a_small_rate_shows_the_effect(quick: Quick, trained: Trained) -> None:
    """create_model starts further from the uniform answer and is behind for every one of five seeds."""
    recipe = {"lr": 3e-4, "epochs": 3}
    for seed in range(5):
        wide, narrow = (
            trained(
                configured(quick, "test_efficientnet", method, "keep", "linear_probe", recipe=recipe, seed=seed)
            ).metrics
            for method in ("create_model", "swap_head")
        )
        assert wide["top1"] < narrow["top1"]
        assert wide["loss"] > narrow["loss"]


def test_a_head_of_zeros_starts_at_the_uniform_loss(quick: Quick, trained: Trained) -> None:
    birth = trained(configured(quick, "test_efficientnet", "create_model", "zeros", "full")).birth
    assert birth["initial_loss"] == pytest.approx(math.log(10), abs=1e-6)
    assert birth["logit_std"] == 0
