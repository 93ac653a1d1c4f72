"""A file's own head: which creation methods start with it, as plain timm does, and how that is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import timm
import torch

from harness.diagnose.explain.compare import compare
from harness.diagnose.explain.render import text
from harness.diagnose.explain.subject import subject
from harness.model.build import Built, build
from harness.spec.spec import Spec
from harness.training.hybrids.build import build as build_hybrid
from harness.training.run import run
from tests.unit.model.weights.forms import network
from tests.unit.model.weights.test_forms import METHODS, PAGE

CLASSES = 13
KEYS = ("fc.weight", "fc.bias")


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """A test_resnet with a head of as many classes as the data will have."""
    torch.save(network("test_resnet", 1), tmp_path / "mine.pt")
    return tmp_path / "mine.pt"


def spec(saved: Path, creation: str, **fields: Any) -> Spec:
    asked = {"weights": {"name": "file", "path": saved}, "creation": {"name": creation}}
    return Spec.model_validate({"backbone": {"name": "test_resnet"}, **asked, **fields})


def made(saved: Path, creation: str, **fields: Any) -> Built:
    return build(spec(saved, creation, **fields), CLASSES)


def test_timm_keeps_the_head_of_a_checkpoint_and_so_do_we(saved: Path) -> None:
    plain = timm.create_model("test_resnet", num_classes=CLASSES, checkpoint_path=str(saved)).state_dict()
    ours = made(saved, "checkpoint_path").model.state_dict()
    assert all(torch.equal(ours[name], tensor) for name, tensor in plain.items())
    overlay = {"file": str(saved), "num_classes": CLASSES}
    direct = timm.create_model(
        "test_resnet", pretrained=True, num_classes=CLASSES, pretrained_cfg_overlay=overlay
    ).state_dict()
    ours = made(saved, "create_model").model.state_dict()
    assert all(torch.equal(ours[name], tensor) for name, tensor in direct.items())


def test_with_other_classes_the_checkpoints_head_is_reset(saved: Path) -> None:
    with pytest.raises(RuntimeError, match="size mismatch"):
        timm.create_model("test_resnet", num_classes=7, checkpoint_path=str(saved))
    built = build(spec(saved, "checkpoint_path"), 7)
    assert built.head_keys == ((),)
    assert built.model.get_classifier().weight.shape[0] == 7  # type: ignore[operator, union-attr]


@pytest.mark.parametrize("creation", METHODS)
def test_the_page_says_which_methods_start_with_it(creation: str, saved: Path) -> None:
    [keys] = made(saved, creation).head_keys
    assert keys in ((), KEYS)
    assert f"| `{creation}` | {'loaded' if keys else 'fresh'} |" in PAGE


def test_a_scheme_draws_every_head_anew(saved: Path) -> None:
    for creation in ("create_model", "checkpoint_path", "swap_head"):
        assert made(saved, creation, init={"name": "torch_default"}).head_keys == ((),)
    assert made(saved, "create_model", init={"name": "keep", "scale": 0.5}).head_keys == (KEYS,)


def test_without_weights_a_head_is_fresh() -> None:
    assert build(Spec.model_validate({"weights": {"name": "none"}}), CLASSES).head_keys == ((),)


def test_a_hybrid_has_the_head_of_the_end_that_it_takes_it_from(saved: Path) -> None:
    to = spec(saved, "swap_head").model_dump(include={"backbone", "weights", "creation"})
    for takes, keys in ((["head_law", "head_scale"], ()), (["head_bias"], KEYS)):
        hybrid = spec(saved, "create_model", bridge={"to": to, "takes": takes})
        assert build_hybrid(hybrid, CLASSES).head_keys == (keys,)


@pytest.fixture
def ten(tmp_path: Path) -> Path:
    """The same for ten classes, as the digits have."""
    torch.manual_seed(0)
    torch.save(timm.create_model("test_resnet", num_classes=10).state_dict(), tmp_path / "ten.pt")
    return tmp_path / "ten.pt"


def test_the_record_says_where_the_head_came_from(ten: Path) -> None:
    short = {"data": {"samples": 60}, "recipe": {"epochs": 1}, "transfer": {"name": "linear_probe"}}
    for creation, told in (("checkpoint_path", list(KEYS)), ("swap_head", None)):
        [head] = run(spec(ten, creation, **short)).birth["head"]
        assert head["origin"] == ("loaded" if told else "fresh")
        assert head.get("keys") == told


def test_an_explanation_names_it(ten: Path) -> None:
    first, second = (
        subject(spec(ten, creation, data={"samples": 100}), creation, 16) for creation in ("create_model", "swap_head")
    )
    found = compare(first, second)
    [origin] = [each.difference for each in found.ranked if each.difference.what == "origin of the head's weights"]
    assert origin.first == "read from ten (fc.weight, fc.bias)"
    assert origin.second == "drawn fresh"
    assert "head: read from ten (fc.weight, fc.bias) and drawn fresh" in text(found)
