"""An audit changes nothing, bit by bit, and leaves every random generator where it was."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from harness.diagnose.audit import check
from tests.unit.diagnose.audit.lab import CLASSES, Lab


def _state(model: nn.Module) -> dict[str, Any]:
    return {
        "tensors": {name: each.clone() for name, each in model.state_dict().items()},
        "objects": [id(each) for each in (*model.parameters(), *model.buffers())],
        "modes": [module.training for module in model.modules()],
        "learns": [each.requires_grad for each in model.parameters()],
        "gradients": [None if each.grad is None else each.grad.clone() for each in model.parameters()],
        "hooks": [(len(module._forward_hooks), len(module._forward_pre_hooks)) for module in model.modules()],
    }


def _same(before: dict[str, Any], after: dict[str, Any]) -> None:
    for key in ("objects", "modes", "learns", "hooks"):
        assert before[key] == after[key], key
    assert all(torch.equal(each, after["tensors"][name]) for name, each in before["tensors"].items())
    for old, new in zip(before["gradients"], after["gradients"], strict=True):
        assert (old is None) == (new is None)
        assert old is None or torch.equal(old, new)


@pytest.mark.parametrize("name", ["test_resnet", "test_vit", "test_efficientnet", "test_convnext"])
def test_nothing_is_changed(name: str, lab: Lab) -> None:
    model, reference = lab.pretrained(name, drop_rate=0.2), lab.pretrained(name)
    model.train()
    next(model.children()).eval().requires_grad_(False)
    images, labels = lab.images((0.5,) * 3, (0.25,) * 3, count=40), torch.arange(40) % CLASSES
    nn.functional.cross_entropy(model(images), labels).backward()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    before, theirs = _state(model), _state(reference)
    states = torch.get_rng_state(), random.getstate(), np.random.get_state()[1].tolist()

    report = check(
        model, num_classes=CLASSES, images=images, labels=labels, recipe={"steps": 10}, optimizer=optimizer,
        weights=lab.stored(name), reference=reference, rates={"drop_rate": 0.2}, expects={"mean": (0.5,) * 3,
        "std": (0.25,) * 3}, preprocessing=_draws,
    )  # fmt: skip

    assert {"drop-rate-without-effect", "no-gradient", "head-out-of-reach", "weights-not-loaded"} <= set(report.checked)
    _same(before, _state(model))
    _same(theirs, _state(reference))
    assert torch.equal(states[0], torch.get_rng_state())
    assert states[1] == random.getstate()
    assert states[2] == np.random.get_state()[1].tolist()
    assert torch.is_grad_enabled()


def _draws(image: Any) -> torch.Tensor:
    """A pipeline that draws from all generators."""
    noise = random.random() + np.random.rand() + float(torch.rand(()))
    return torch.from_numpy(np.array(image)).permute(2, 0, 1).float() / 255 + 1e-6 * noise


def test_the_next_training_step_is_the_same(lab: Lab) -> None:
    images, labels = lab.images((0.5,) * 3, (0.25,) * 3), torch.arange(16) % CLASSES
    losses = []
    for audited in (False, True):
        model = lab.pretrained(drop_rate=0.3).train()
        torch.manual_seed(1)
        if audited:
            check(model, recipe={"steps": 10})
        losses.append(nn.functional.cross_entropy(model(images), labels).item())
    assert losses[0] == losses[1]


def test_it_also_works_where_gradients_are_off(lab: Lab) -> None:
    model = lab.pretrained()
    with torch.inference_mode():
        report = check(model)
    assert "no-gradient" in report.checked
    assert report.serious == ()
