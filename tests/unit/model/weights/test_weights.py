"""Every weight is where it should be, or the request is refused in one line."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import timm
import torch

from harness.model.build import build, find_weights
from harness.model.options import check_architecture, check_options
from harness.model.pretrained import read_state_dict
from harness.spec.errors import ImpossibleConfiguration, RequestError
from harness.spec.spec import Spec
from harness.training.run import run


def from_file(path: Path, **fields: Any) -> Spec:
    weights = {"name": "file", "path": path, **fields.pop("weights", {})}
    return Spec.model_validate({"backbone": {"name": "test_resnet"}, "weights": weights, **fields})


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """A test_resnet for 13 classes, as a torch checkpoint."""
    torch.manual_seed(0)
    path = tmp_path / "mine.pt"
    torch.save(timm.create_model("test_resnet", num_classes=13).state_dict(), path)
    return path


@pytest.mark.parametrize("creation", ["create_model", "swap_head", "reset_classifier"])
def test_a_file_is_loaded_and_verified(saved: Path, creation: str) -> None:
    spec = from_file(saved, creation={"name": creation})
    assert find_weights(spec).num_classes == 13
    built = build(spec, 4)
    assert built.verification is not None
    assert built.verification.loaded == built.verification.expected > 10
    state = torch.load(saved, weights_only=True)
    name = next(name for name, tensor in state.items() if tensor.ndim == 4)
    assert torch.equal(built.model.state_dict()[name], state[name])
    assert built.model.eval()(torch.zeros(1, 3, 32, 32)).shape == (1, 4)


def test_safetensors_and_a_wrapped_checkpoint_are_read_alike(saved: Path, tmp_path: Path) -> None:
    state = torch.load(saved, weights_only=True)
    safetensors.torch.save_file(state, tmp_path / "a.safetensors")
    torch.save({"epoch": 3, "state_dict": {f"module.{key}": value for key, value in state.items()}}, tmp_path / "b.pt")
    for name in ("a.safetensors", "b.pt"):
        read = read_state_dict(tmp_path / name)
        assert set(read) == set(state)
        assert all(torch.equal(read[key], state[key]) for key in state)


def _target(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> str:
    (folder / f"{name}.py").write_text(
        "import timm\n\ndef build(num_classes):\n    return timm.create_model('test_resnet', num_classes=num_classes)\n"
    )
    monkeypatch.syspath_prepend(folder)
    return f"{name}.build"


def test_a_backbone_that_stayed_random_is_found(saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    creation = {"name": "custom", "target": _target(tmp_path, monkeypatch, "forgot_pretrained")}
    with pytest.raises(RequestError, match=r"^weights: \d+ of \d+ backbone tensors did not come from mine") as error:
        build(from_file(saved, creation=creation), 4)
    assert "\n" not in str(error.value)
    verification = build(from_file(saved, creation=creation, weights={"verify": "record"}), 4).verification
    assert verification is not None
    convolutions = [name for name in verification.not_loaded if name.endswith("conv1.weight")]
    assert convolutions
    assert verification.loaded == verification.expected - len(verification.not_loaded)


def test_the_record_says_what_was_not_loaded(saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    creation = {"name": "custom", "target": _target(tmp_path, monkeypatch, "forgot_again")}
    data, recipe = {"samples": 60}, {"epochs": 1}
    spec = from_file(saved, creation=creation, weights={"verify": "record"}, data=data, recipe=recipe)
    weights = run(spec).birth["weights"]
    assert weights["not_loaded"]
    assert weights["expected"] - weights["loaded"] == len(weights["not_loaded"])
    assert weights["fingerprint"] == spec.weights.fingerprint


@pytest.mark.parametrize("kind", ["architecture", "text", "tensors", "empty", "shapes"])
def test_a_wrong_file_is_refused_in_one_line(kind: str, saved: Path, tmp_path: Path) -> None:
    path = tmp_path / ("wrong.safetensors" if kind == "text" else "wrong.pt")
    if kind == "architecture":
        torch.save(timm.create_model("test_efficientnet").state_dict(), path)
    elif kind == "tensors":
        torch.save([torch.zeros(3)], path)
    elif kind == "shapes":
        state = torch.load(saved, weights_only=True)
        name = next(key for key, value in state.items() if value.ndim == 4)
        torch.save({**state, name: torch.zeros(5, 3, 3, 3)}, path)
    else:
        path.write_text("not tensors" if kind == "text" else "")
    with pytest.raises(RequestError, match=r"^weights") as error:
        build(from_file(path), 4)
    assert "\n" not in str(error.value)
    assert "wrong" in str(error.value)


def test_a_file_saved_anew_is_read_anew(saved: Path) -> None:
    before = read_state_dict(saved)
    torch.save({key: value + 1 for key, value in before.items()}, saved)
    os.utime(saved, ns=(0, 0))
    after = read_state_dict(saved)
    assert all(torch.equal(after[key], before[key] + 1) for key in before)


class Intruder:
    """Unpickled, it would write a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


def test_a_pickle_that_would_run_code_is_refused(tmp_path: Path) -> None:
    path, trace = tmp_path / "evil.pt", tmp_path / "trace"
    torch.save({"fc.weight": Intruder(trace)}, path)
    with pytest.raises(RequestError, match=r"^weights\.path: evil\.pt cannot be read") as error:
        build(from_file(path), 4)
    assert "\n" not in str(error.value)
    assert not trace.exists()


def test_without_a_network_the_hub_says_so_at_once() -> None:
    spec = Spec.model_validate({"backbone": {"name": "mobilenetv2_050"}, "weights": {"name": "hub"}})
    started = time.perf_counter()
    with pytest.raises(RequestError, match=r"cannot be reached; use weights=bundled, or weights=file weights\.path"):
        build(spec, 4)
    assert time.perf_counter() - started < 5


def test_an_architecture_without_bundled_weights_hears_of_those_that_have() -> None:
    with pytest.raises(
        RequestError, match=r"no bundled weights for backbone\.name=test_efficientne.*test_efficientnet"
    ):
        find_weights(Spec.model_validate({"backbone": {"name": "test_efficientnet_ln"}}))


def test_preprocessing_follows_the_weights(saved: Path) -> None:
    config = timm.models.get_pretrained_cfg("test_resnet")
    bundled = build(Spec.model_validate({"backbone": {"name": "test_resnet"}}), 4).preprocessing
    assert (bundled.mean, bundled.std, bundled.interpolation) == ((0.5,) * 3, (0.25,) * 3, "bicubic")
    own = build(from_file(saved), 4).preprocessing
    assert (own.mean, own.std, own.interpolation) == (config.mean, config.std, config.interpolation)
    assert own.mean != bundled.mean or own.std != bundled.std


def test_an_unknown_architecture_is_answered_with_the_close_one() -> None:
    with pytest.raises(RequestError, match=r"timm has no 'test_resnt'; did you mean .*test_resnet"):
        check_architecture("timm", "test_resnt")


@pytest.mark.parametrize(
    ("name", "options", "possible"),
    [
        ("test_resnet", {"attn_drop_rate": 0.1}, False),
        ("test_vit", {"attn_drop_rate": 0.1}, True),
        ("test_resnet", {"drop_path_rate": 0.1, "drop_rate": 0.2}, True),
        ("test_efficientnet", {"no_such_thing": 1}, False),
    ],
)
def test_options_that_an_architecture_has(name: str, options: dict[str, Any], possible: bool) -> None:
    if possible:
        check_options("timm", name, options)
    else:
        with pytest.raises(ImpossibleConfiguration, match=rf"{next(iter(options))}: {name} has none"):
            check_options("timm", name, options)
