"""torchvision's models from a file: prefixes are taken off there too, and what is missing is told."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torchvision.models import get_model

from harness.model.build import Built, build
from harness.spec.errors import RequestError
from harness.spec.spec import Spec

NAME = "shufflenet_v2_x0_5"
State = dict[str, torch.Tensor]


@pytest.fixture
def state() -> State:
    torch.manual_seed(0)
    found: State = get_model(NAME, num_classes=13).state_dict()
    return found


def made(content: object, folder: Path) -> Built:
    torch.save(content, folder / "mine.pt")
    backbone = {"name": NAME, "library": "torchvision"}
    weights = {"name": "file", "path": folder / "mine.pt"}
    return build(Spec.model_validate({"backbone": backbone, "weights": weights, "creation": {"name": "swap_head"}}), 7)


@pytest.mark.parametrize("prefix", ["", "module.", "model.", "net.backbone."])
def test_a_prefix_is_taken_off(prefix: str, state: State, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "cache"))
    built = made({prefix + key: value for key, value in state.items()}, tmp_path)
    assert built.verification is not None
    assert built.verification.not_loaded == ()
    loaded = built.model.state_dict()
    assert all(torch.equal(loaded[key], value) for key, value in state.items() if not key.startswith("fc."))


def test_averaged_weights_come_first_as_in_timm(state: State, tmp_path: Path) -> None:
    other = {key: torch.zeros_like(value) for key, value in state.items()}
    loaded = made({"model": other, "model_ema": state}, tmp_path).model.state_dict()
    assert torch.equal(loaded["conv1.0.weight"], state["conv1.0.weight"])


def test_a_file_without_a_head_is_refused_as_torchvision_refuses_it(state: State, tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"has no head of shufflenet_v2_x0_5 \(looked for fc\.weight"):
        made({key: value for key, value in state.items() if not key.startswith("fc.")}, tmp_path)
