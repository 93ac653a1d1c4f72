"""BitFit and LoRA: what learns, what stays bit by bit, and where training begins."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from harness.data.load import load
from harness.model.build import build
from harness.records.record import Record
from harness.spec.spec import Spec
from tests.unit.training.transfer.test_strategies import learner_of, moved_by_epoch

Quick = Callable[..., Spec]
DATA: dict[str, Any] = {"name": "made", "samples": 60}
RECIPE = {"lr": 1e-2, "weight_decay": 0.1}


@pytest.mark.parametrize("backbone", ["test_efficientnet", "test_vit"])
def test_bitfit_moves_the_biases_and_the_head_alone(backbone: str, quick: Quick) -> None:
    spec = quick(backbone={"name": backbone}, data=DATA, transfer={"name": "bitfit"}, recipe=RECIPE)
    learner, stages = learner_of(spec)
    [moved] = moved_by_epoch(spec, learner)
    names = {name for name, _ in learner.network.named_parameters()}
    wanted = {name for name in names if name.endswith("bias")} | set(stages[-1].parameters)
    assert names & moved == wanted == set(learner.learnable)


@pytest.mark.parametrize(("backbone", "layer"), [("test_efficientnet", "conv_pw"), ("test_vit", "attn.qkv")])
def test_lora_moves_its_matrices_and_the_head_alone(backbone: str, layer: str, quick: Quick) -> None:
    pytest.importorskip("peft")
    spec = quick(backbone={"name": backbone}, data=DATA, transfer={"name": "lora", "rank": 4}, recipe=RECIPE)
    plain, (learner, stages) = build(spec, 10), learner_of(spec)
    pixels = learner.source_of(load(spec.data).train)(torch.arange(4), None)
    with torch.no_grad():
        assert torch.equal(learner.network.eval()(pixels), plain.model.eval()(pixels)), "it begins as the model does"
    before = {name: each.clone() for name, each in plain.model.named_parameters()}
    [moved] = moved_by_epoch(spec, learner)
    now = dict(learner.network.named_parameters())
    adapters = {name for name in now if ".lora_" in name}
    assert {name for name in now if name in moved} == adapters | set(stages[-1].parameters) == set(learner.learnable)
    assert any(f"{layer}.lora_A" in name for name in adapters)
    assert {now[name].shape[0] for name in adapters if "lora_A" in name} == {4}
    for name, tensor in before.items():
        kept = now.get(name, now.get(f"{name.rpartition('.')[0]}.base_layer.{name.rpartition('.')[2]}"))
        assert kept is not None
        assert torch.equal(kept, tensor) or name in stages[-1].parameters


def test_lora_takes_no_layer_whose_weight_is_used_without_calling_it(quick: Quick) -> None:
    """BEiT's attention puts the bias of its queries together by itself."""
    pytest.importorskip("peft")
    small = {"depth": 1, "embed_dim": 48, "num_heads": 2, "img_size": 32}
    backbone = {"name": "beit_base_patch16_224", "kwargs": small}
    spec = quick(backbone=backbone, weights={"name": "none"}, data=DATA | {"size": 32}, transfer={"name": "lora"})
    learner, _ = learner_of(spec)
    assert any("attn.proj.lora_A" in name for name in learner.learnable)
    assert not any("attn.qkv.lora_A" in name for name in learner.learnable)


def test_two_starts_of_one_run_are_the_same_run(quick: Quick, trained: Callable[[Spec], Record]) -> None:
    pytest.importorskip("peft")
    spec = quick(backbone={"name": "test_vit"}, transfer={"name": "lora"})
    first, second, moved = (trained(each) for each in (spec, spec, spec.model_copy(update={"replicate": 1})))
    assert first.curve == second.curve != moved.curve
    assert first.birth["lora"] == {"rank": 8, "layers": 24}
