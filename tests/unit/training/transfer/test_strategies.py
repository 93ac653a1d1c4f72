"""What each strategy moves, when, and how fast; and that what it freezes stays as it is, bit by bit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
import torch
from timm.optim import param_groups_layer_decay
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from harness.data.load import load
from harness.diagnose.audit.planned import audit_spec
from harness.model.build import build
from harness.model.stages import Stage
from harness.records.record import Record
from harness.spec.errors import ImpossibleConfiguration, RequestError
from harness.spec.machine import Machine
from harness.spec.spec import Spec
from harness.spec.variants import load_variant
from harness.training.hardware import find_hardware
from harness.training.learner import Learner
from harness.training.loop import Training
from harness.training.transfer._fine_tune import stages_of
from tests.strategies import STRATEGIES, groups

Quick = Callable[..., Spec]
CPU = torch.device("cpu")
HARDWARE = find_hardware(Machine(device="cpu", threads=1))
HELD = {"optimizer": "adamw", "lr": 1e-2, "weight_decay": 0.1}, {"optimizer": "sgd", "lr": 1e-2, "weight_decay": 0.1}


def learner_of(spec: Spec) -> tuple[Learner, tuple[Stage, ...]]:
    built = build(spec, 10)
    stages = stages_of(spec, built)
    dataset = load(spec.data)
    learner: Learner = load_variant("harness.training.transfer", spec.transfer.name)(spec, built, dataset.train, CPU)
    return learner, stages


def moved_by_epoch(spec: Spec, learner: Learner) -> list[set[str]]:
    """The parameters and buffers that differ, bit by bit, from the start, after each epoch of one step."""
    state = learner.network.state_dict()
    before = {name: tensor.clone() for name, tensor in state.items()}
    index, found = torch.arange(32), []
    dataset = load(spec.data)
    training = Training(spec, learner, dataset.train.labels, index, len(dataset.classes), HARDWARE)
    while training.to_eval_point() is not None:
        now = learner.network.state_dict()
        found.append({name for name, tensor in now.items() if not torch.equal(tensor, before[name])})
    return found


EXPECTED: dict[str, tuple[dict[str, Any], list[int]]] = {
    "frozen_backbone": ({}, [1, 1, 1]),
    "last_stages": ({"stages": 1}, [2, 2, 2]),
    "gradual_unfreezing": ({}, [1, 2, 3]),
    "phases": ({"name": "gradual_unfreezing", "phases": [0, 2, "all"]}, [1, 3, 7]),
    "probe_then_tune": ({}, [1, 7, 7]),
}


@pytest.mark.parametrize("recipe", HELD, ids=lambda recipe: recipe["optimizer"])
@pytest.mark.parametrize("name", EXPECTED)
def test_what_is_frozen_stays_bitwise_and_what_is_freed_moves(name: str, recipe: dict[str, Any], quick: Quick) -> None:
    """Weight decay and momentum included; statistics of frozen BatchNorm as well."""
    keys, counts = EXPECTED[name]
    spec = quick(data={"name": "made", "samples": 60}, transfer={"name": name, **keys}, recipe={"epochs": 3, **recipe})
    learner, stages = learner_of(spec)
    for moved, count in zip(moved_by_epoch(spec, learner), counts, strict=True):
        free = {parameter for stage in stages[-count:] for parameter in stage.parameters}
        assert {each for each, _ in learner.network.named_parameters() if each in moved} == free
        buffers = {each for each, _ in learner.network.named_buffers() if "running" in each}
        modules = {each.rpartition(".")[0] for each in free}
        assert {each for each in buffers if each in moved} == {
            each for each in buffers if each.rpartition(".")[0] in modules
        }


def test_a_frozen_backbone_in_train_mode_keeps_its_parameters_and_not_its_statistics(quick: Quick) -> None:
    spec = quick(data={"name": "made", "samples": 60}, transfer={"name": "frozen_backbone", "frozen": "train"})
    learner, stages = learner_of(spec)
    [moved] = moved_by_epoch(spec, learner)
    assert {name for name, _ in learner.network.named_parameters() if name in moved} == set(stages[-1].parameters)
    assert all(name in moved for name, _ in learner.network.named_buffers() if "running" in name)


def test_parameter_groups_freeze_slow_down_and_count_the_longest_pattern(quick: Quick) -> None:
    transfer = {"name": "parameter_groups", "groups": {"blocks": 0, "blocks.4": 0.5, "conv_stem.weight": 0.1}}
    spec = quick(data={"name": "made", "samples": 60}, transfer=transfer, recipe={"weight_decay": 0.1})
    learner, _ = learner_of(spec)
    [moved] = moved_by_epoch(spec, learner)
    names = {name for name, _ in learner.network.named_parameters()}
    still = {name for name in names if name.startswith("blocks.") and not name.startswith("blocks.4.")}
    assert names & moved == names - still
    assert {learner.rates[name] for name in names if name.startswith("blocks.4.")} == {0.5}
    assert learner.rates["conv_stem.weight"] == 0.1
    assert learner.rates["bn1.weight"] == 1.0


@pytest.mark.parametrize(
    ("chosen", "told"),
    [
        ({"blokcs.0": 0.1}, r"blokcs\.0 matches no parameter; did you mean blocks\.0"),
        ({"*": 0}, "nothing would learn"),
        ({"blocks.*": 0.1, "*ocks.0": 0.2, "*locks.": 1}, r"matches no parameter"),
        ({"blocks*": 0.1, "*blocks": 0.2}, "contradict each other"),
    ],
)
def test_groups_that_cannot_be_meant_are_refused(chosen: dict[str, float], told: str, quick: Quick) -> None:
    with pytest.raises(RequestError, match=told):
        learner_of(quick(transfer={"name": "parameter_groups", "groups": chosen}))


@pytest.mark.parametrize("backbone", ["test_vit", "test_resnet"])
def test_layerwise_rates_are_those_of_timm(backbone: str, quick: Quick) -> None:
    spec = quick(backbone={"name": backbone}, transfer={"name": "layerwise_decay", "decay": 0.6})
    learner, _ = learner_of(spec)
    scales = {
        id(parameter): group["lr_scale"]
        for group in param_groups_layer_decay(learner.network, layer_decay=0.6)
        for parameter in group["params"]
    }
    for name, parameter in learner.network.named_parameters():
        assert learner.rates[name] == pytest.approx(scales[id(parameter)])


def test_rates_rise_geometrically_from_stem_to_head(quick: Quick) -> None:
    transfer = {"name": "layerwise_decay", "lr_stem": 1e-5, "depth": "stages"}
    learner, stages = learner_of(quick(transfer=transfer, recipe={"lr": 1e-2}))
    factors = [learner.rates[stage.parameters[0]] for stage in stages]
    assert factors[0] * 1e-2 == pytest.approx(1e-5)
    assert factors[-1] == 1
    ratios = [after / before for before, after in pairwise(factors)]
    assert ratios == pytest.approx([ratios[0]] * len(ratios))


def test_layerwise_decay_moves_early_layers_less(quick: Quick, trained: Callable[[Spec], Record]) -> None:
    recipe = {"optimizer": "adamw", "lr": 1e-3}
    alike, slowed = (
        {entry["name"]: entry["distance"] for entry in trained(quick(recipe=recipe, transfer=transfer)).statistics}
        for transfer in ({}, {"name": "layerwise_decay", "decay": 0.5})
    )
    assert slowed["conv_stem.weight"] < 0.2 * alike["conv_stem.weight"]
    assert slowed["classifier.weight"] > 0.8 * alike["classifier.weight"]


def test_no_stage_is_left_to_freeze(quick: Quick) -> None:
    with pytest.raises(
        ImpossibleConfiguration, match=r"^transfer\.stages: test_efficientnet has 6 stages before its head"
    ):
        learner_of(quick(transfer={"name": "last_stages", "stages": 6}))


@pytest.mark.parametrize("transfer", STRATEGIES)
@pytest.mark.parametrize("batchnorm", ["train", "reestimated"])
def test_the_audit_takes_no_strategy_for_a_mistake(transfer: str, batchnorm: str, quick: Quick) -> None:
    fields = groups(transfer)
    fields["transfer"]["batchnorm"] = batchnorm
    report = audit_spec(quick(data={"name": "made", "samples": 400}, **fields))
    assert {"frozen-parameters", "not-in-optimizer"} <= set(report.checked)
    wrong = {"frozen-parameters", "not-in-optimizer", "weights-not-loaded", "weights-partly-loaded"}
    assert not wrong & set(report.ids), str(report)


@pytest.mark.parametrize("norm", ["group", "layer", "instance"])
def test_the_audit_takes_no_exchanged_norm_for_weights_that_were_lost(norm: str, quick: Quick) -> None:
    report = audit_spec(quick(data={"name": "made", "samples": 400}, transfer={"norm": norm}))
    assert not {"weights-not-loaded", "weights-partly-loaded", "weights-wrong-keys"} & set(report.ids), str(report)


def shifted(images: Tensor) -> Tensor:
    """Low contrast under a grey veil."""
    return (images.float() * 0.25 + 150).to(torch.uint8)


def test_statistics_estimated_anew_take_a_shift_of_the_input_back(quick: Quick) -> None:
    """The pretrained network's answers to veiled images are again those to clean ones."""
    spec = quick(backbone={"name": "test_resnet"}, transfer={"batchnorm": "reestimated"})
    clean = load(spec.data).train
    veiled = replace(clean, pixels=shifted(clean.pixels))
    agreement = []
    for handling in ("train", "reestimated"):
        chosen = spec.model_copy(update={"transfer": spec.transfer.model_copy(update={"batchnorm": handling})})
        plain = build(chosen, 10)
        learner: Learner = load_variant("harness.training.transfer", "full")(chosen, build(chosen, 10), veiled, CPU)
        index = torch.arange(len(clean))
        with torch.no_grad():
            right = plain.model.eval()(learner.source_of(clean)(index, None)).argmax(1)
            agreement.append(
                float((learner.network.eval()(learner.source(index, None)).argmax(1) == right).float().mean())
            )
    assert agreement[1] > agreement[0] + 0.2


@pytest.mark.parametrize("batchnorm", ["frozen", "reestimated", "adapted"])
def test_batchnorm_is_handled_as_named(batchnorm: str, quick: Quick) -> None:
    spec = quick(data={"name": "made", "samples": 60}, transfer={"batchnorm": batchnorm})
    learner, stages = learner_of(spec)
    norms = {name for name, module in learner.network.named_modules() if isinstance(module, _BatchNorm)}
    [moved] = moved_by_epoch(spec, learner)
    statistics = {name for name, _ in learner.network.named_buffers() if name in moved and "running" in name}
    assert bool(statistics) is (batchnorm == "adapted")
    names = {name for name, _ in learner.network.named_parameters()}
    of_norms = {name for name in names if name.rpartition(".")[0] in norms}
    learning = of_norms | set(stages[-1].parameters) if batchnorm == "adapted" else names
    assert names & moved == learning == set(learner.learnable)


def test_validation_images_take_no_part_in_the_statistics(quick: Quick) -> None:
    spec = quick(transfer={"batchnorm": "reestimated"})
    learner, _ = learner_of(spec)
    assert learner.facts["statistics_images"] == round(200 * (1 - spec.data.val_fraction))


@pytest.mark.parametrize("batchnorm", ["frozen", "reestimated", "adapted"])
def test_a_transformer_has_no_batchnorm(batchnorm: str, quick: Quick) -> None:
    fields = {"backbone": {"name": "test_vit"}}
    with pytest.raises(ImpossibleConfiguration, match=r"^transfer\.batchnorm: test_vit has no BatchNorm layer$"):
        learner_of(quick(**fields, transfer={"batchnorm": batchnorm}))
    learner, _ = learner_of(quick(**fields, transfer={"batchnorm": batchnorm, "norm": "batch"}))
    assert isinstance(learner.network, nn.Module)


def test_probes_of_one_tensor_state_and_another_structure_share_no_features(
    quick: Quick, trained: Callable[[Spec], Record]
) -> None:
    """Group and layer norm hold the same tensors."""
    first, second = (trained(quick(transfer={"name": "linear_probe", "norm": kind})) for kind in ("group", "layer"))
    assert first.birth["backbone_hash"] == second.birth["backbone_hash"]
    assert first.curve[0]["val_loss"] != second.curve[0]["val_loss"]


def test_the_record_tells_what_learns(quick: Quick, trained: Callable[[Spec], Record]) -> None:
    birth = trained(quick(**groups("gradual_unfreezing"))).birth
    assert [stage["from_epoch"] for stage in birth["stages"]] == [None] * 5 + [1, 0]
    assert birth["trainable_parameters"] == sum(stage["parameters"] for stage in birth["stages"][-2:])
    assert birth["batchnorm"] == "eval"
    assert trained(quick(transfer={"norm": "group"})).birth["norms"]["exchanged"]
