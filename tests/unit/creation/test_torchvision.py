"""torchvision's models: their head swapped, their transforms followed, and what torchvision refuses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torchvision.models import WeightsEnum, get_model_weights, mobilenet_v2, resnet18

from harness.models.build import build, find_weights
from harness.records.record import Record
from harness.spec.errors import ImpossibleCell, RequestError
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
    with pytest.raises(ImpossibleCell, match="unless n is 1000; use creation=swap_head"):
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
    monkeypatch.setattr("harness.weights.torchvision.reachable", lambda address: True)
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
        with pytest.raises(ImpossibleCell, match=rf"regularization\.{rate}: {architecture} has none; it takes"):
            build(Spec.model_validate(fields), 7)
