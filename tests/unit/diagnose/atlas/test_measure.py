"""Known facts, found by measurement."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from harness.diagnose.atlas import CLASSES
from harness.diagnose.atlas.row import Row, number

Rows = Callable[..., Row]


def traps(row: Row) -> set[str]:
    return set(row["traps"].split())


def test_an_efficientnet_is_born_wide_and_the_wider_the_fewer_its_classes(row: Rows) -> None:
    mobilenet = row("mobilenetv2_100")
    assert mobilenet["create_law"] == "U(±1/√classes)"
    assert mobilenet["reset_law"] == mobilenet["swap_law"] == "U(±1/√features)"
    for classes in CLASSES:
        expected = (1280 / classes) ** 0.5
        assert number(mobilenet, f"create_by_swap_{classes}") == pytest.approx(expected, rel=1e-3)
    assert {"create_wider", "create_depends_on_classes", "reset_draws_otherwise"} == traps(mobilenet)


@pytest.mark.parametrize("architecture", ["resnet18", "densenet121", "ghostnet_100"])
def test_controls_are_drawn_alike_by_all_methods(row: Rows, architecture: str) -> None:
    control = row(architecture)
    assert control["create_law"] == control["reset_law"] == control["swap_law"] == "U(±1/√features)"
    assert {control[f"{method}_by_swap_{n}"] for method in ("create", "reset") for n in CLASSES} == {"1"}
    assert not traps(control)


def test_a_vision_transformer_is_drawn_from_a_fixed_normal_law(row: Rows) -> None:
    vit = row("test_vit")
    assert vit["create_law"] == "N(0, 0.02)"
    assert vit["reset_law"] == "U(±1/√features)"
    assert vit["create_2_bias"] == "zeros"
    assert "reset_draws_otherwise" in traps(vit)


def test_several_heads_and_modules_around_them(row: Rows) -> None:
    levit = row("levit_128")
    assert levit["heads"] == "head.linear head_dist.linear"
    assert levit["create_10_rows"] == levit["reset_10_rows"] == "10 10"
    assert {"several_heads", "norm_lost_on_swap", "dropout_lost_on_swap", "classifier_is_no_layer"} <= traps(levit)


def test_a_head_of_norm_and_linear_does_not_survive_a_careless_swap(row: Rows) -> None:
    convnext = row("convnext_atto")
    assert (convnext["kind"], convnext["parts"]) == ("norm + Linear", "pool, norm, dropout")
    assert convnext["create_output"] == convnext["swap_output"] == "2x10"
    assert convnext["swap_attribute_output"] != "2x10"


def test_a_convolution_has_no_place_for_a_linear(row: Rows) -> None:
    assert "linear_does_not_fit" in traps(row("resnetv2_50"))


def test_attention_pooling_survives_both_resets_here(row: Rows) -> None:
    siglip = row("vit_base_patch16_siglip_224")
    assert siglip["pool"] == siglip["reset_pool"] == "map + AttentionPoolLatent"
    assert {"pool_lost_on_reset", "named_pool_changes_model"}.isdisjoint(traps(siglip))


def test_an_encoder_without_a_head_is_a_row_that_says_so(row: Rows) -> None:
    encoder = row("mobilenetv5_300m_enc")
    assert encoder["error"] == ""
    assert traps(encoder) == {"no_head"}


def test_torchvision_models_have_no_reset(row: Rows) -> None:
    mobilenet = row("mobilenet_v2", "torchvision")
    assert mobilenet["create_law"] == "N(0, 0.01)"
    assert {"reset_unsupported", "dropout_lost_on_swap"} <= traps(mobilenet)
    assert not any(mobilenet[f"reset_{n}_std"] for n in CLASSES)
