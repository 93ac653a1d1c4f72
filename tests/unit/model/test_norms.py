"""Norm layers exchanged: the new kind everywhere, the old scale and shift, and nothing else changed."""

from __future__ import annotations

from typing import Any

import pytest
import timm
import torch
from torch import nn
from torch.nn.functional import layer_norm
from torch.nn.modules.batchnorm import _BatchNorm

from harness.model.build import build
from harness.model.exchange import FeaturesLast, exchange_norms
from harness.model.norms import layer
from harness.spec.errors import ImpossibleConfiguration
from harness.spec.spec import Spec

KINDS = {"batch": nn.BatchNorm2d, "group": nn.GroupNorm, "layer": nn.LayerNorm, "instance": nn.InstanceNorm2d}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("backbone", ["test_efficientnet", "test_resnet", "test_vit", "test_convnext"])
def test_every_norm_is_exchanged_or_kept_with_its_name(kind: str, backbone: str) -> None:
    spec: dict[str, Any] = {"backbone": {"name": backbone}}
    own = build(Spec.model_validate(spec), 7).model
    was = "layer" if backbone in ("test_vit", "test_convnext") else "batch"
    if kind == was:
        with pytest.raises(ImpossibleConfiguration, match="are that already"):
            build(Spec.model_validate({**spec, "transfer": {"norm": kind}}), 7)
        return
    built = build(Spec.model_validate({**spec, "transfer": {"norm": kind}}), 7)
    assert built.norms is not None
    assert len(built.norms.exchanged) >= 10
    assert kind == "instance" or not built.norms.kept
    assert sum(isinstance(module, KINDS[kind]) for module in built.model.modules()) == len(built.norms.exchanged)
    assert sum(isinstance(module, KINDS[was]) for module in built.model.modules()) == len(built.norms.kept)
    for name in built.norms.exchanged:
        old = own.get_submodule(name)
        new = next(each for each in built.model.get_submodule(name).modules() if isinstance(each, KINDS[kind]))
        assert torch.equal(old.weight, new.weight)
        assert torch.equal(old.bias, new.bias)
    for logits in (built.model.train()(torch.randn(4, 3, 32, 32)), built.model.eval()(torch.randn(1, 3, 32, 32))):
        assert logits.isfinite().all()


def test_an_activation_folded_into_a_norm_stays_behind_it() -> None:
    model = timm.create_model("test_efficientnet").eval()
    exchange_norms(model, "group", 32, "test_efficientnet")
    inputs = torch.randn(2, model.bn1.norm.num_channels, 8, 8)
    assert torch.equal(model.bn1(inputs), model.bn1.act(model.bn1.norm(inputs)))
    with torch.no_grad():
        assert float(model.bn1(inputs).min()) > float(model.bn1.norm(inputs).min())


@pytest.mark.parametrize("shape", [(2, 5, 8), (2, 4, 4, 8), (2, 8)])
def test_features_last_is_the_same_law_on_another_layout(shape: tuple[int, ...]) -> None:
    inputs = torch.randn(shape)
    torch.testing.assert_close(FeaturesLast(layer(8))(inputs), layer_norm(inputs, (8,), eps=1e-6))


def test_instance_norm_needs_positions() -> None:
    model = timm.create_model("test_resnet")
    found = exchange_norms(model, "instance", 32, "test_resnet")
    assert found is not None
    assert all(isinstance(model.get_submodule(name), _BatchNorm) for name in found.kept)


def test_a_network_without_norms_has_none_to_exchange() -> None:
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU())
    with pytest.raises(ImpossibleConfiguration, match=r"^transfer\.norm: group: plain has no norm layer"):
        exchange_norms(model, "group", 32, "plain")
