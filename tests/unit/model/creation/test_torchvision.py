"""torchvision's models: their head swapped, their transforms followed, and what torchvision refuses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn
from torchvision.models import (
    WeightsEnum,
    get_model,
    get_model_weights,
    googlenet,
    mobilenet_v2,
    resnet18,
)

from harness.model.build import build, find_weights, order_of
from harness.model.entry_point import entry_point
from harness.records.record import Record
from harness.spec.errors import ImpossibleConfiguration, RequestError
from harness.spec.rules import faults
from harness.spec.spec import Spec


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ResNet-18 for its 1000 classes, randomly drawn."""
    path = tmp_path_factory.mktemp("weights") / "resnet18.pt"
    torch.manual_seed(0)
    torch.save(resnet18().state_dict(), path)
    return path


def spec_of(**fields: Any) -> dict[str, Any]:
    return {"backbone": {"name": "resnet18", "library": "torchvision"}, **fields}


def test_a_swapped_head_trains(saved: Path, quick: Callable[..., Spec], trained: Callable[[Spec], Record]) -> None:
    fields = spec_of(weights={"name": "file", "path": saved}, creation={"name": "swap_head"})
    record = trained(quick(**fields, data={"name": "made", "samples": 60}))
    assert record.status == "finished"
    assert record.birth["weights"]["loaded"] == record.birth["weights"]["expected"] > 60
    assert record.birth["head"][0]["name"] == "fc"


def test_direct_creation_with_weights_is_refused_as_torchvision_does(saved: Path) -> None:
    with pytest.raises(ImpossibleConfiguration, match="unless n is 1000; use creation=swap_head"):
        build(Spec.model_validate(spec_of(weights={"name": "file", "path": saved})), 7)


def test_direct_creation_and_a_swapped_head_have_the_same_head() -> None:
    """Both draw it as torch does, and share the draw."""
    first, second = (
        build(Spec.model_validate(spec_of(weights={"name": "none"}, creation={"name": name})), 7).model.state_dict()
        for name in ("create_model", "swap_head")
    )
    assert all(torch.equal(first[name], second[name]) for name in ("fc.weight", "fc.bias"))


@pytest.mark.parametrize("tag", ["IMAGENET1K_V1", "IMAGENET1K_V2"])
def test_weights_by_their_tag_bring_their_preprocessing(tag: str, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    state = mobilenet_v2().state_dict()
    monkeypatch.setattr(WeightsEnum, "get_state_dict", lambda self, *args, **kwargs: state)
    monkeypatch.setattr("harness.model.weights.torchvision.reachable", lambda address: True)
    backbone = {"name": "mobilenet_v2", "library": "torchvision"}
    fields = {"backbone": backbone, "weights": {"name": "torchvision", "tag": tag}, "creation": {"name": "swap_head"}}
    built = build(Spec.model_validate(fields), 7)
    stated = get_model_weights("mobilenet_v2")[tag].transforms()
    assert built.pretrained.tag == tag
    assert list(built.preprocessing.mean) == stated.mean
    assert built.preprocessing.interpolation == stated.interpolation.value
    assert built.verification is not None
    assert built.verification.not_loaded == ()


def test_without_a_network_it_says_so_and_names_the_file() -> None:
    with pytest.raises(RequestError, match=r"cannot be reached; use weights=file .* or put resnet18-.*\.pth into"):
        find_weights(Spec.model_validate(spec_of(weights={"name": "torchvision"})))


def test_a_wrong_tag_is_answered_with_the_right_ones() -> None:
    with pytest.raises(RequestError, match=r"weights\.tag: resnet18 has no 'V3'; \(one of: IMAGENET1K_V1\)"):
        find_weights(Spec.model_validate(spec_of(weights={"name": "torchvision", "tag": "V3"})))


@pytest.mark.parametrize(
    "fields",
    [
        spec_of(weights={"name": "bundled"}),
        spec_of(weights={"name": "none", "tag": "IMAGENET1K_V1"}),
        {"weights": {"name": "torchvision"}},
        {"backbone": {"name": "resnet18", "library": "torchvision", "pool": "avg"}, "weights": {"name": "none"}},
    ],
)
def test_what_does_not_go_together_is_a_fault(fields: dict[str, Any]) -> None:
    assert len(list(faults(Spec.model_validate(fields)))) == 1


@pytest.mark.parametrize(
    ("architecture", "rate", "possible"),
    [("vit_b_16", "attn_drop_rate", True), ("resnet18", "drop_rate", False), ("convnext_tiny", "drop_path_rate", True)],
)
def test_rates_go_by_torchvisions_names(architecture: str, rate: str, possible: bool) -> None:
    fields = {
        "backbone": {"name": architecture, "library": "torchvision"},
        "weights": {"name": "none"},
        "regularization": {rate: 0.2},
    }
    if possible:
        assert build(Spec.model_validate(fields), 7).heads
    else:
        with pytest.raises(
            ImpossibleConfiguration, match=rf"regularization\.{rate}: {architecture} has none; it takes"
        ):
            build(Spec.model_validate(fields), 7)


def _stated(model: nn.Module) -> dict[str, Any]:
    """What the modules of a model are made with, their tensors aside."""
    return {
        f"{name}.{key}": value
        for name, module in model.named_modules()
        for key, value in vars(module).items()
        if not key.startswith("_") and isinstance(value, bool | int | float | str | tuple)
    }


def _both_ways(architecture: str, monkeypatch: pytest.MonkeyPatch) -> tuple[nn.Module, nn.Module]:
    """torchvision's own way with weights, and that of this package with the same tensors from a file."""
    [weights, *_] = get_model_weights(architecture)
    size = weights.transforms().crop_size[0]
    options = {"image_size": size} if architecture.startswith("vit_") else {}
    with torch.device("cpu" if architecture.startswith("regnet") else "meta"):
        state = get_model(architecture, **options).state_dict()
        monkeypatch.setattr(WeightsEnum, "get_state_dict", lambda self, *args, **kwargs: state)
        theirs = get_model(architecture, weights=weights)
        monkeypatch.setattr("harness.model.entry_point.read_state_dict", lambda file: state)
        monkeypatch.setattr("harness.model.weights.file.read_state_dict", lambda file: state)
        backbone = {"name": architecture, "library": "torchvision"}
        own = {"name": "file", "path": __file__, "label": "published", "fingerprint": "0"}
        spec = Spec.model_validate({"backbone": backbone, "weights": own, "data": {"size": size}})
        ours = entry_point(order_of(spec, 1000, find_weights(spec)))
    return theirs, ours


def _builds_alike(architecture: str, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs, ours = _both_ways(architecture, monkeypatch)
    for model in (theirs, ours):  # torchvision keeps Inception's auxiliary head, of which eval mode makes no use
        for name in ("aux_logits", "AuxLogits"):
            setattr(model, name, None)
    assert _stated(ours) == _stated(theirs)


@pytest.mark.parametrize("architecture", ["googlenet", "inception_v3", "mnasnet0_5", "resnet18", "vit_b_16"])
def test_the_same_tensors_from_a_file_are_computed_with_as_torchvision_does(
    architecture: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _builds_alike(architecture, monkeypatch)


SMALLEST = (
    "alexnet", "convnext_tiny", "densenet121", "efficientnet_b0", "efficientnet_v2_s", "googlenet", "inception_v3",
    "maxvit_t", "mnasnet0_5", "mobilenet_v2", "mobilenet_v3_small", "regnet_x_400mf", "regnet_y_400mf", "resnet18",
    "resnet50", "resnext50_32x4d", "shufflenet_v2_x0_5", "squeezenet1_0", "swin_t", "swin_v2_t", "vgg11", "vgg11_bn",
    "vit_b_16", "wide_resnet50_2",
)  # fmt: skip
"""Of what one constructor makes, the smallest."""


@pytest.mark.slow
@pytest.mark.parametrize("architecture", SMALLEST)
def test_each_family_is_computed_with_as_torchvision_does(architecture: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _builds_alike(architecture, monkeypatch)


@pytest.mark.parametrize("auxiliary", [True, False], ids=["with auxiliary heads", "without"])
def test_googlenets_weights_from_a_file_answer_as_torchvisions_own(
    auxiliary: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.manual_seed(0)
    images = torch.rand(4, 3, 64, 64)
    trained = googlenet(init_weights=False, aux_logits=True)
    for module in trained.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = None  # the statistics become those of one batch, as if it had been trained
    trained(images)
    state = trained.state_dict()
    kept = {name: tensor for name, tensor in state.items() if auxiliary or not name.startswith("aux")}
    torch.save(kept, tmp_path / "googlenet.pth")
    monkeypatch.setattr(WeightsEnum, "get_state_dict", lambda self, *args, **kwargs: state)
    monkeypatch.setattr("harness.model.weights.torchvision.reachable", lambda address: True)

    def answers(weights: dict[str, Any], **arguments: Any) -> torch.Tensor:
        backbone = {"name": "googlenet", "library": "torchvision", "kwargs": arguments}
        fields = {"backbone": backbone, "weights": weights, "creation": {"name": "swap_head"}}
        built = build(Spec.model_validate(fields), 7)
        assert built.verification is not None
        assert built.verification.not_loaded == ()
        with torch.no_grad():
            logits: torch.Tensor = built.model.eval()(images)
        return logits

    own = {"name": "file", "path": tmp_path / "googlenet.pth"}
    assert torch.equal(answers(own), answers({"name": "torchvision"}))
    assert not torch.allclose(answers(own), answers(own, transform_input=False), atol=0.1)
