"""What goes with a library's way into training: the mode at hand-over, a neck, the factors between two ways."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch.nn.modules.batchnorm import _BatchNorm

from harness.data.images import Images
from harness.diagnose.audit.planned import audit_spec
from harness.model.build import Built
from harness.records.record import Record
from harness.spec.rules import faults
from harness.spec.spec import Spec, hybrid
from harness.spec.variants import load_variant
from harness.training.hybrids.build import build, image_preprocessing
from harness.training.hybrids.players import players
from harness.training.learner import Learner
from tests.libraries import needed

IMAGES = Images(torch.randint(0, 255, (8, 3, 32, 32), dtype=torch.uint8), torch.arange(8))


def spec_of(creation: str, mode: str = "train", **fields: Any) -> Spec:
    needed(creation)
    return Spec.model_validate({"creation": {"name": creation, "mode": mode}, **fields})


def make(spec: Spec) -> Built:
    return build(spec, 7)


def learner(spec: Spec) -> tuple[Built, Learner]:
    built = make(spec)
    strategy = load_variant("harness.training.transfer", spec.transfer.name)
    learns: Learner = strategy(spec, built, IMAGES, torch.device("cpu"))
    return built, learns


@pytest.mark.parametrize(
    ("creation", "mode", "training"),
    [
        ("create_model", "train", True),
        ("create_model", "returned", True),
        ("transformers_timm", "train", True),
        ("transformers_timm", "returned", False),
    ],
)
def test_a_model_learns_in_train_mode_or_as_its_library_returned_it(creation: str, mode: str, training: bool) -> None:
    built, learns = learner(spec_of(creation, mode))
    built.model.train(not training)
    learns.train()
    assert {module.training for module in built.model.modules()} == {training}


@pytest.mark.parametrize(("mode", "same"), [("train", False), ("returned", True)])
def test_a_probe_of_a_model_that_is_returned_in_eval_mode_drops_nothing(mode: str, same: bool) -> None:
    fields = {"regularization": {"drop_rate": 0.5}, "transfer": {"name": "linear_probe"}}
    _, learns = learner(spec_of("transformers_timm", mode, **fields))
    learns.train()
    inputs = learns.source(torch.arange(8), None)
    assert torch.equal(learns.network(inputs), learns.network(inputs)) is same


def test_the_wrapper_of_transformers_differs_from_timm_in_the_heads_draw_and_its_mode() -> None:
    first, second = spec_of("create_model"), spec_of("transformers_timm")
    assert set(players(first, second, make)) == {"head_law", "head_scale"}
    first, second = spec_of("create_model", "returned"), spec_of("transformers_timm", "returned")
    assert set(players(first, second, make)) == {"handover_mode", "head_law", "head_scale"}


def test_mean_and_deviation_of_another_librarys_processor_are_taken_alone() -> None:
    first, second = spec_of("create_model"), spec_of("transformers_timm", weights={"mean_std": "half"})
    assert set(players(first, second, make)) == {"head_law", "head_scale", "image_preprocessing"}
    alone = hybrid(first, second, ("image_preprocessing",))
    assert image_preprocessing(alone) == make(alone).preprocessing
    assert image_preprocessing(alone).mean == image_preprocessing(alone).std == (0.5, 0.5, 0.5)
    assert image_preprocessing(hybrid(first, second, ("head_scale",))) == make(first).preprocessing


def test_squashing_is_taken_alone() -> None:
    """As transformers' processors do it, beside its mean and deviation; the other end keeps its centre square."""
    other = {"mean_std": "half", "geometry": "squash"}
    first, second = spec_of("create_model"), spec_of("transformers_timm", weights=other)
    assert set(players(first, second, make)) == {"head_law", "head_scale", "image_preprocessing", "image_geometry"}
    whole, ours = make(second).preprocessing, make(first).preprocessing
    for takes, wanted in {
        ("image_geometry",): replace(ours, squash=True),
        ("image_preprocessing",): replace(whole, squash=False),
        ("image_geometry", "image_preprocessing"): whole,
    }.items():
        alone = hybrid(first, second, takes)
        assert image_preprocessing(alone) == make(alone).preprocessing == wanted


def test_the_mode_at_hand_over_is_taken_alone() -> None:
    first, second = spec_of("create_model"), spec_of("transformers_timm", "returned")
    plain, alone, rest = (make(hybrid(first, second, takes)) for takes in ((), ("handover_mode",), ("head_scale",)))
    assert {module.training for module in alone.model.modules()} == {False}
    assert {module.training for module in rest.model.modules()} == {True}
    assert (plain.mode, alone.mode, rest.mode) == ("train", "returned", "train")
    assert all(torch.equal(tensor, plain.model.state_dict()[name]) for name, tensor in alone.model.state_dict().items())


@pytest.mark.parametrize("transfer", ["linear_probe", "frozen_backbone"])
def test_a_neck_learns_with_its_head_and_the_backbone_rests(
    transfer: str, quick: Callable[..., Spec], trained: Callable[[Spec], Record]
) -> None:
    needed("fastai")
    spec = quick(creation={"name": "fastai"}, backbone={"name": "test_resnet"}, transfer={"name": transfer})
    record = trained(spec)
    assert record.status == "finished"
    assert record.curve[-1]["val_loss"] < record.curve[0]["val_loss"]
    moved = {entry["name"].rpartition(".")[0] for entry in record.statistics if entry["distance"] > 0}
    built = make(spec)
    parts = {name: built.model.get_submodule(name) for name in built.on_top}
    assert moved == {name for name, part in parts.items() if any(True for _ in part.parameters())}
    assert record.birth["neck"] == list(built.neck)


def test_a_necks_statistics_move_in_a_probe_and_the_backbones_do_not() -> None:
    built, learns = learner(spec_of("fastai", transfer={"name": "linear_probe"}))
    learns.train()
    norms = {name: part for name, part in built.model.named_modules() if isinstance(part, _BatchNorm)}
    assert {name for name, part in norms.items() if part.training} == set(norms) & set(built.neck) != set()


def test_an_audit_takes_a_neck_for_no_fault_of_loading() -> None:
    fields = {"data": {"name": "made", "samples": 200}, "backbone": {"name": "test_resnet"}}
    report = audit_spec(spec_of("fastai", **fields))
    assert [finding.id for finding in report.findings if finding.id.startswith("weights")] == []


def test_norm_layers_of_a_frozen_backbone_learn_where_asked_as_a_factor_of_its_own() -> None:
    """BatchNorm that learns is in train mode, so that its statistics move as well."""
    fields = {"backbone": {"name": "test_resnet"}}
    resting, learning = (
        spec_of("swap_head", **fields, transfer={"name": "frozen_backbone", "frozen_norms": norms})
        for norms in ("rest", "learn")
    )
    assert set(players(resting, learning, make)) == {"frozen_norms"}
    assert list(faults(learning)) == []
    first = spec_of("create_model", **fields, transfer=resting.transfer.model_dump())
    taken = hybrid(first, learning, {"frozen_norms"})
    for spec, learnt in ((resting, False), (learning, True), (taken, True)):
        built, learns = learner(spec)
        norms = {name for name, part in built.model.named_modules() if isinstance(part, _BatchNorm)}
        names = {name.rpartition(".")[0] for name in learns.learnable} - set(built.heads)
        assert names == (norms if learnt else set())
        assert {built.model.get_submodule(name).training for name in norms} == {learnt}
