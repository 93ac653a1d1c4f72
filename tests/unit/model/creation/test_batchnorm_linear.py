"""A BatchNorm before the head: the head of swap_head, statistics of its own, and a linear probe of both."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from harness.model.build import build
from harness.model.heads import head_layer
from harness.records.record import Record
from harness.spec.errors import ImpossibleConfiguration
from harness.spec.spec import Spec

Quick = Callable[..., Spec]
METHOD: dict[str, Any] = {"creation": {"name": "batchnorm_linear"}}


@pytest.mark.parametrize("backbone", ["test_efficientnet", "test_vit", "test_convnext"])
def test_it_is_swap_head_with_a_norm_before_the_head(backbone: str, quick: Quick) -> None:
    normed, plain = (
        build(quick(backbone={"name": backbone}, creation={"name": name}), 10)
        for name in ("batchnorm_linear", "swap_head")
    )
    norm = normed.model.get_submodule(normed.neck[0])
    assert isinstance(norm, nn.BatchNorm1d)
    assert not norm.affine
    assert norm.eps == 1e-6
    first, second = (head_layer(each.model, each.heads[0]) for each in (normed, plain))
    assert torch.equal(first.weight, second.weight)
    assert torch.equal(first.bias, second.bias)
    assert normed.verification is not None
    assert not normed.verification.not_loaded


def test_a_probe_learns_the_statistics_of_the_features(quick: Quick, trained: Callable[[Spec], Record]) -> None:
    probe: dict[str, Any] = {"transfer": {"name": "linear_probe"}, "recipe": {"epochs": 3, "lr": 1e-2}}
    normed, plain = trained(quick(**METHOD, **probe)), trained(quick(creation={"name": "swap_head"}, **probe))
    assert normed.status == "finished"
    assert normed.birth["backbone_hash"] == plain.birth["backbone_hash"]
    assert normed.birth["neck"]
    assert normed.curve[-1]["val_loss"] < normed.curve[0]["val_loss"]
    assert normed.curve[-1]["val_loss"] != plain.curve[-1]["val_loss"]


@pytest.mark.parametrize(
    ("backbone", "told"),
    [
        ({"name": "dla46x_c", "library": "timm"}, "dla46x_c has a convolution"),
        ({"name": "levit_128s", "library": "timm"}, "levit_128s has several"),
    ],
)
def test_what_has_no_one_linear_head_is_refused(backbone: dict[str, str], told: str, quick: Quick) -> None:
    with pytest.raises(ImpossibleConfiguration, match=told):
        build(quick(backbone=backbone, weights={"name": "none"}, **METHOD), 10)


def test_adapters_take_no_neck_for_backbone(quick: Quick, trained: Callable[[Spec], Record]) -> None:
    pytest.importorskip("peft")
    record = trained(quick(backbone={"name": "test_vit"}, transfer={"name": "lora"}, **METHOD))
    assert record.status == "finished"
    assert "head.1.weight" in {entry["name"] for entry in record.statistics}
