"""An architecture adapted by configuration: what is asked for is what is built, and what it has not is refused."""

from __future__ import annotations

from typing import Any

import pytest
import timm
import torch
from torch import nn

from harness.model.build import build
from harness.spec.errors import ImpossibleConfiguration
from harness.spec.spec import Spec

BARE: dict[str, Any] = {"weights": {"name": "none"}}


def model_of(name: str, **backbone: Any) -> nn.Module:
    fields = {"data": {"size": backbone.pop("size", 64)}, "regularization": backbone.pop("rates", {})}
    return build(Spec.model_validate({**BARE, **fields, "backbone": {"name": name, **backbone}}), 7).model


def size(model: nn.Module) -> int:
    return sum(tensor.numel() for tensor in model.parameters())


def test_the_stem() -> None:
    deep = model_of("resnet18", kwargs={"stem_type": "deep", "stem_width": 24})
    assert isinstance(deep.conv1, nn.Sequential)
    assert deep.conv1[0].out_channels == 24


@pytest.mark.parametrize("name", ["resnet18", "test_efficientnet", "convnext_atto"])
def test_the_first_stride_keeps_more_of_a_small_image(name: str) -> None:
    images = torch.zeros(1, 3, 32, 32)
    sides = []
    for stride in (None, 1):
        with torch.no_grad():
            sides.append(model_of(name, stride=stride).eval().forward_features(images).shape[-1])
    assert sides[1] >= 2 * sides[0]


def test_the_first_stride_of_a_vit_is_its_patch() -> None:
    with pytest.raises(
        ImpossibleConfiguration, match=r"^backbone\.stride: test_vit .*use backbone\.kwargs\.patch_size$"
    ):
        model_of("test_vit", stride=1)


def test_the_image_size_of_a_vit() -> None:
    assert model_of("vit_tiny_patch16_224", size=96).pos_embed.shape[1] == 36 + 1


def test_depths_widths_and_head_scale_of_a_convnext() -> None:
    kwargs = {"depths": [1, 1, 2, 1], "dims": [16, 24, 32, 48], "head_init_scale": 0.001}
    model = model_of("convnext_atto", kwargs=kwargs)
    assert model.num_features == 48
    assert [len(stage.blocks) for stage in model.stages] == [1, 1, 2, 1]
    plain = model_of("convnext_atto", kwargs={**kwargs, "head_init_scale": 1.0})
    assert torch.allclose(model.head.fc.weight * 1000, plain.head.fc.weight)


def test_depth_and_width_of_an_efficientnet() -> None:
    wide = model_of("efficientnet_scaled", kwargs={"channel_multiplier": 1.2, "depth_multiplier": 1.2})
    narrow = model_of("efficientnet_scaled", kwargs={"channel_multiplier": 0.8, "depth_multiplier": 0.8})
    assert size(narrow) < size(model_of("efficientnet_scaled")) < size(wide)
    assert size(model_of("efficientnet_scaled")) == size(timm.create_model("efficientnet_b0", num_classes=7))


def test_layer_scale_and_qkv_bias() -> None:
    model = model_of("test_vit", size=32, kwargs={"init_values": 1e-5, "qkv_bias": False})
    assert float(model.blocks[0].ls1.gamma[0].detach()) == pytest.approx(1e-5)
    assert model.blocks[0].attn.qkv.bias is None


@pytest.mark.parametrize(
    ("rate", "name", "attribute"),
    [
        ("drop_rate", "test_efficientnet", "drop_rate"),
        ("attn_drop_rate", "test_vit", "blocks.0.attn.attn_drop.p"),
        ("proj_drop_rate", "test_vit", "blocks.0.attn.proj_drop.p"),
        ("drop_path_rate", "test_vit", "blocks.1.drop_path1.drop_prob"),
    ],
)
def test_the_drop_rates(rate: str, name: str, attribute: str) -> None:
    model: Any = model_of(name, size=32, rates={rate: 0.3})
    for part in attribute.split("."):
        model = model[int(part)] if part.isdigit() else getattr(model, part)
    assert model > 0


@pytest.mark.parametrize(
    ("name", "kwargs", "told"),
    [
        ("resnet18", {"init_values": 1e-5}, r"backbone\.kwargs\.init_values: resnet18 has none; it takes .*stem_type"),
        ("test_vit", {"depths": [1, 1]}, r"backbone\.kwargs\.depths: test_vit has none; it takes .*depth"),
    ],
)
def test_what_an_architecture_has_not_is_refused_with_what_it_has(name: str, kwargs: dict[str, Any], told: str) -> None:
    with pytest.raises(ImpossibleConfiguration, match=told):
        model_of(name, size=32, kwargs=kwargs)
