"""Mistakes made on purpose: refused unless they are asked for, and then each shows in what is recorded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from harness.model.build import Built, build
from harness.records.record import Record
from harness.spec.errors import ImpossibleConfiguration, RequestError
from harness.spec.spec import Spec
from harness.spec.variants import load_variant, variants

CARELESS = [
    name
    for name in variants("harness.model.creation")
    if hasattr(load_variant("harness.model.creation", name), "fault")
]


def made(creation: str, verify: str = "record", **fields: Any) -> Built:
    spec = {"creation": {"name": creation}, "weights": {"verify": verify}, **fields}
    return build(Spec.model_validate(spec), 7)


@pytest.mark.parametrize("creation", CARELESS)
def test_a_mistake_has_to_be_asked_for(creation: str) -> None:
    with pytest.raises(RequestError, match=rf"^creation: in {creation}, .*; weights\.verify=record accepts that$"):
        made(creation, verify="error")


def test_a_new_attribute_that_is_never_used_leaves_the_old_head_at_work() -> None:
    built = made("wrong_attribute")
    logits = built.model.eval()(torch.randn(2, 3, 32, 32))
    assert logits.shape[1] != 7
    logits.sum().backward()
    unused = [
        name
        for name, module in built.model.named_children()
        if isinstance(module, nn.Linear) and module.weight.grad is None
    ]
    assert unused
    assert built.heads[0] not in unused


def test_an_optimiser_made_first_never_moves_the_new_head(
    quick: Callable[..., Spec], trained: Callable[[Spec], Record]
) -> None:
    record = trained(quick(creation={"name": "optimizer_first"}, weights={"verify": "record"}))
    still = {entry["name"] for entry in record.statistics if entry["distance"] == 0}
    assert still == {"classifier.weight", "classifier.bias"}


def test_an_overlay_without_pretrained_loads_nothing() -> None:
    verification = made("overlay_alone").verification
    assert verification is not None
    assert any("conv" in name for name in verification.not_loaded)


def test_dropout_goes_with_the_old_head() -> None:
    kept = made("swap_head", regularization={"drop_rate": 0.5}).model.train()
    lost = made("dropout_lost", regularization={"drop_rate": 0.5}).model.train()
    features = torch.ones(2, kept.num_features, 1, 1)
    assert not torch.equal(kept.forward_head(features), kept.eval().forward_head(features))
    assert torch.equal(lost.forward_head(features), lost.eval().forward_head(features))


def test_a_composite_head_replaced_whole_loses_its_norm() -> None:
    kept = made("swap_head", backbone={"name": "test_convnext"})
    lost = made("composite_to_linear", backbone={"name": "test_convnext"})
    names = set(kept.model.state_dict()) - set(lost.model.state_dict())
    assert {"head.norm.weight", "head.norm.bias"} <= names
    with pytest.raises(ImpossibleConfiguration, match="one layer; nothing is lost"):
        made("composite_to_linear", backbone={"name": "test_resnet"})
