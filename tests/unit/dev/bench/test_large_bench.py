"""Large models beside a bare loop: equal work, every value kept, and operations as others count them."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
from torchvision.models import ConvNeXt_Tiny_Weights, ResNet50_Weights, ViT_B_16_Weights

from harness.dev.bench.large import __main__ as command
from harness.dev.bench.large.flops import training_flops
from harness.dev.bench.large.report import LargeFigures
from harness.dev.bench.large.sides import BARE, HARNESS, LargeTiming
from harness.spec.machine import Machine
from harness.training.hardware import find_hardware


@pytest.mark.parametrize(
    ("name", "weights"),
    [
        ("resnet50", ResNet50_Weights.IMAGENET1K_V1),
        ("convnext_tiny", ConvNeXt_Tiny_Weights.IMAGENET1K_V1),
        ("vit_base_patch16_224", ViT_B_16_Weights.IMAGENET1K_V1),
    ],
)
def test_operations_are_those_that_torchvision_tells(name: str, weights: ResNet50_Weights) -> None:
    """Of a forward pass, in billions of multiplications each with its addition."""
    assert training_flops(name, 224) / 6e9 == pytest.approx(weights.meta["_ops"], rel=0.01)


def _timing(side: str, seconds: list[float], loss: float = 2.0) -> LargeTiming:
    return LargeTiming("resnet50", side, 0, 0, 8, [1, 2, 4], seconds, [2.3, 2.2, loss], None)


def _findings(*timings: LargeTiming) -> LargeFigures:
    return LargeFigures(
        list(timings), {"resnet50": 1e10}, (1e12, "a test"), find_hardware(Machine(device="cpu")), (0, 0, 0)
    )


def test_the_first_step_does_not_count() -> None:
    """24 images in 3 s and in 2 s after it, of 10^10 operations each, on what does 10^12 in a second."""
    found = _findings(_timing(BARE, [9.0, 10.0, 12.0]), _timing(HARNESS, [1.0, 2.0, 3.0]))
    assert found.ratio("resnet50", HARNESS).values == pytest.approx([1.5])
    assert found.utilisation("resnet50", BARE) == pytest.approx(0.08)
    assert found.differences() == []


def test_other_work_is_told() -> None:
    seconds = [1.0, 2.0, 3.0]
    other = _timing(HARNESS, seconds, loss=2.1)
    assert len(_findings(_timing(BARE, seconds), other).differences()) == 1
    assert len(_findings(_timing(BARE, seconds), dataclasses.replace(other, steps=[1, 2])).differences()) == 1


def test_the_sides_take_turns_and_do_the_same(tmp_path: Path) -> None:
    small = ["--backbones", "test_resnet", "--batch-size", "2", "--steps", "2", "--threads", "1", "--device", "cpu"]
    assert command.main([*small, "--out", str(tmp_path)]) == 0
    told = json.loads((tmp_path / "large.json").read_text(encoding="utf-8"))
    assert [each["side"] for each in told["timings"]] == [BARE, HARNESS, HARNESS, BARE, BARE, HARNESS]
    by_repeat: dict[int, list[list[float]]] = {}
    for each in told["timings"]:
        by_repeat.setdefault(each["repeat"], []).append(each["losses"])
    assert all(one == other for one, other in by_repeat.values()), "bitwise, on a CPU in float32"
    assert len(told["load_before"]) == 3
    assert told["peak_flops"]["from"].startswith("measured")


def test_too_few_repeats_or_steps_are_refused() -> None:
    for asked in (["--repeats", "2"], ["--steps", "1"]):
        with pytest.raises(SystemExit, match="2"):
            command.main([*asked, "--device", "cpu"])
