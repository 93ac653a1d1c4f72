"""Whatever variant there is, found by its file, does what its group promises."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from harness.model.build import build
from harness.model.heads import head_layer
from harness.model.init import takes_features
from harness.records.record import Record
from harness.spec.paths import bundled_names
from harness.spec.spec import Spec
from harness.spec.variants import load_variant, variants
from tests.libraries import METHODS, needed
from tests.strategies import groups

BACKBONES = bundled_names()


def test_the_groups_are_not_empty() -> None:
    assert {"create_model", "swap_head", "reset_classifier"} <= set(METHODS)
    assert len(BACKBONES) == 4


@pytest.mark.parametrize("backbone", BACKBONES)
@pytest.mark.parametrize("creation", METHODS)
def test_every_creation_method_builds_every_bundled_model(creation: str, backbone: str) -> None:
    needed(creation)
    state = torch.get_rng_state()
    built = build(Spec.model_validate({"backbone": {"name": backbone}, "creation": {"name": creation}}), 7)
    assert torch.equal(torch.get_rng_state(), state)
    assert built.model.eval()(torch.zeros(2, 3, 32, 32)).shape == (2, 7)
    assert built.verification is not None
    assert built.verification.not_loaded == ()
    assert built.verification.expected > 10
    assert [head_layer(built.model, head).weight.shape[0] for head in built.heads] == [7]


@pytest.mark.parametrize("backbone", BACKBONES)
@pytest.mark.parametrize("init", variants("harness.model.init"))
def test_every_init_scheme_gives_every_model_a_finite_head(init: str, backbone: str) -> None:
    fields: dict[str, Any] = {"backbone": {"name": backbone}, "init": {"name": init}}
    first, other, replicate = (
        build(Spec.model_validate({**fields, **more}), 7)
        for more in ({}, {"creation": {"name": "swap_head"}}, {"replicate": 1})
    )
    weight, same, moved = (head_layer(each.model, each.heads[0]).weight for each in (first, other, replicate))
    assert weight.isfinite().all(), f"init={init} leaves numbers in the head of {backbone} that are not finite"
    assert first.heads == other.heads
    if init != "keep":
        assert torch.equal(weight, same), f"init={init} draws from elsewhere than the generator that it is given"
    if _draws(init):
        assert not torch.equal(weight, moved), f"init={init} gives another replicate the same head"
    else:
        assert torch.equal(weight, moved), f"init={init} draws nothing by itself, but two replicates differ"


def _draws(init: str) -> bool:
    """Whether a scheme's weights depend on its generator; one that is computed from features is drawn before."""
    scheme = load_variant("harness.model.init", init)
    if init == "keep" or takes_features(scheme):
        return True
    weights = [torch.empty(7, 32), torch.empty(7, 32)]
    for seed, weight in enumerate(weights):
        scheme(weight, torch.Generator().manual_seed(seed))
    return not torch.equal(*weights)


@pytest.mark.parametrize(("optimizer", "backbone"), [("adamw", "test_efficientnet"), ("sgd", "test_vit")])
@pytest.mark.parametrize("transfer", variants("harness.training.transfer"))
def test_every_transfer_strategy_learns_with_every_optimizer(
    transfer: str, optimizer: str, backbone: str, quick: Callable[..., Spec], trained: Callable[[Spec], Record]
) -> None:
    fields = groups(transfer, optimizer=optimizer, lr=3e-3 if optimizer == "adamw" else 1e-2)
    spec = quick(backbone={"name": backbone}, **fields)
    record = trained(spec)
    assert record.status == "finished"
    assert record.curve[-1]["val_loss"] < record.curve[0]["val_loss"]
    moved = {entry["name"] for entry in record.statistics if entry["distance"] > 0}
    assert moved == {entry["name"] for entry in record.statistics}
    assert {entry["name"] for entry in record.statistics if entry["head"]} == {
        f"{record.birth['head'][0]['name']}.{kind}" for kind in ("weight", "bias")
    }


@pytest.mark.parametrize("transforms", variants("harness.data.transforms"))
def test_every_augmentation_trains(
    transforms: str, quick: Callable[..., Spec], trained: Callable[[Spec], Record]
) -> None:
    record = trained(quick(transforms={"name": transforms}))
    assert record.status == "finished"
    plain = trained(quick())
    assert record.curve[0] == plain.curve[0]
    assert (record.curve == plain.curve) is (transforms == "none")
