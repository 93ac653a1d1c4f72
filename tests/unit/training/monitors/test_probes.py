"""What each optional probe reads, on cases whose answer is known, and that it leaves the model as it was."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from pydantic import ValidationError
from torch import nn

from harness.data.measure import Scores
from harness.spec.machine import MONITORS, USUAL, Machine
from harness.spec.spec import Spec
from harness.spec.variants import load_variant, variants
from harness.training.monitors import Monitor, Watched, observe, units
from harness.training.monitors.drift import linear_cka
from harness.training.run import run

IMAGES = torch.linspace(-1, 1, 4 * 3 * 8 * 8).view(4, 3, 8, 8)
SCORES = Scores(np.array([0, 1, 1, 0]), np.array([[4.0, 0], [0, 4], [4, 0], [4, 0]]))


class Small(nn.Module):
    """Two of three channels die: one at a constant, one by a bias far below zero."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)
        self.drop = nn.Dropout(0.5)
        self.act = nn.ReLU()
        self.fc = nn.Linear(3, 2)
        with torch.no_grad():
            self.conv.weight[:2].zero_()
            self.conv.weight[2].fill_(1.0)
            self.conv.bias.copy_(torch.tensor([0.5, -9.0, 3.5]))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        features = self.act(self.drop(self.conv(images))).mean(dim=(2, 3))
        logits: torch.Tensor = self.fc(features)
        return logits


@pytest.fixture
def watched() -> Watched:
    torch.manual_seed(0)
    model = Small().train()
    return Watched(model, ("fc",), dict(model.named_parameters()), lambda: IMAGES)


def probe_of(name: str, watched: Watched) -> Monitor:
    probe: Monitor = load_variant(MONITORS, name)(watched)
    return probe


@pytest.mark.parametrize("name", variants(MONITORS))
def test_a_probe_leaves_modes_hooks_numbers_and_gradients_alone(name: str, watched: Watched) -> None:
    model = watched.model
    model(IMAGES).sum().backward()
    gradients = [parameter.grad.clone() for parameter in model.parameters() if parameter.grad is not None]
    before, state = {key: value.clone() for key, value in model.state_dict().items()}, torch.get_rng_state()
    probe = probe_of(name, watched)
    probe.start()
    probe.point(SCORES)
    probe.finish()
    assert torch.equal(torch.get_rng_state(), state)
    assert all(module.training for module in model.modules())
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())
    assert all(torch.equal(before[key], value) for key, value in model.state_dict().items())
    left = [parameter.grad for parameter in model.parameters() if parameter.grad is not None]
    assert all(torch.equal(first, second) for first, second in zip(gradients, left, strict=True))


def test_hooks_are_gone_after_a_failure(watched: Watched) -> None:
    def fail(name: str, output: torch.Tensor) -> None:
        raise RuntimeError(name)

    with pytest.raises(RuntimeError, match="conv"):
        observe(watched.model, dict(watched.model.named_children()), IMAGES, fail)
    assert not any(module._forward_hooks for module in watched.model.modules())
    assert all(module.training for module in watched.model.modules())


def test_activations_name_dead_channels(watched: Watched) -> None:
    probe = probe_of("activations", watched)
    probe.start()
    told = probe.finish()
    assert told["start"] == told["end"]
    layers = {entry["layer"]: entry for entry in told["start"]}
    assert list(layers) == ["conv", "drop", "act", "fc"]
    assert layers["act"]["dead"] == pytest.approx(2 / 3)
    assert layers["act"]["zeros"] == pytest.approx(1 / 3)
    assert layers["act"]["mean"] == pytest.approx((0.5 + 0 + 3.5) / 3, abs=0.01)


def test_dead_units_are_counted_behind_activation_functions(watched: Watched) -> None:
    assert probe_of("dead_units", watched).point(SCORES) == {"units": 3, "dead": 2}


def test_gradient_flow_is_told_by_layer(watched: Watched) -> None:
    watched.model.eval()(IMAGES)[:, 0].sum().backward()
    norms = probe_of("gradient_flow", watched).point(SCORES)["norms"]
    assert set(norms) == {"conv", "fc"}
    assert norms["fc"] > 0
    watched.model.conv.requires_grad_(False).zero_grad()  # type: ignore[union-attr,operator]
    assert probe_of("gradient_flow", watched).point(SCORES)["norms"]["conv"] is None


def test_calibration_is_the_metric(watched: Watched) -> None:
    told = probe_of("calibration", watched).point(SCORES)
    assert told["confidence"] == pytest.approx(98.2, abs=0.1)
    assert told["calibration_error"] == pytest.approx(98.2 - 75, abs=0.1)


def test_cka_is_blind_to_rotation_and_scale_and_sees_another_representation() -> None:
    draw = torch.Generator().manual_seed(0)
    features = torch.randn(50, 6, generator=draw)
    rotation = torch.linalg.qr(torch.randn(6, 6, generator=draw))[0]
    assert linear_cka(features, 3 * features @ rotation + 1) == pytest.approx(1)
    assert linear_cka(features, torch.randn(50, 6, generator=draw)) < 0.4


def test_a_frozen_backbone_does_not_drift_and_a_tuned_one_does(quick: Callable[..., Spec]) -> None:
    for transfer, moved in (("linear_probe", False), ("full", True)):
        spec = quick(transfer={"name": transfer}, recipe={"lr": 1e-2})
        told = run(spec, Machine(device="cpu", threads=1, monitors=("drift",))).probes["drift"]
        assert {"stem", "stage1", "head_input"} <= set(told)
        assert all((value < 0.9999) is moved for value in told.values())


def test_units_come_last_whatever_the_layout() -> None:
    assert units(torch.zeros(2, 5, 4, 4)).shape == (32, 5)
    assert units(torch.zeros(2, 4, 4, 5)).shape == (32, 5)
    assert units(torch.zeros(2, 7, 5)).shape == (14, 5)
    assert units(torch.zeros(2, 5)).shape == (2, 5)


@pytest.mark.parametrize(("asked", "chosen"), [(True, USUAL), (False, ()), (["drift"], ("drift",)), ([], ())])
def test_probes_are_switched_or_named(asked: Any, chosen: tuple[str, ...]) -> None:
    assert Machine(monitors=asked).chosen_monitors == chosen


@pytest.mark.parametrize(("asked", "said"), [(["drfit"], "did you mean drift"), ("drift", "true, false or a list")])
def test_a_wrong_probe_is_answered_with_the_right_ones(asked: Any, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Machine(monitors=asked)
