"""What goes wrong in evaluation: training stays the same, the test alone pays, and the model is left as it was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.models import WeightsEnum, mobilenet_v2

from harness.data.load import load, load_test
from harness.model.build import build
from harness.records.record import Record
from harness.spec.errors import ImpossibleConfiguration
from harness.spec.rules import faults
from harness.spec.spec import Data, Spec
from harness.spec.variants import variants
from harness.training.conditions import evaluate_under, handling
from harness.training.evaluation import TestHandling
from harness.training.hardware import find_hardware, peak_bytes
from tests.conftest import CPU

Quick = Callable[..., Spec]
Trained = Callable[[Spec], Record]
CONDITIONS = sorted(set(variants("harness.training.evaluation")) - {"proper", "other_version_preprocessing"})
HARMLESS = ("with_grad", "squashed", "wrong_interpolation")
"""On square images of the size asked for."""
MEMORY = torch.device("cpu")


def evaluated(quick: Quick, condition: str, transfer: str = "linear_probe", **fields: Any) -> Spec:
    recipe = {"lr": 1e-2, "epochs": 2}
    evaluation = {"name": condition, **fields.pop("evaluation", {})}
    return quick(transfer={"name": transfer}, evaluation=evaluation, recipe=recipe, **fields)


@pytest.mark.parametrize("condition", CONDITIONS)
def test_the_training_is_the_same_and_the_test_alone_differs(condition: str, quick: Quick, trained: Trained) -> None:
    proper, other = (trained(evaluated(quick, name)) for name in ("proper", condition))
    assert proper.run_id != other.run_id
    assert proper.curve == other.curve
    assert proper.statistics == other.statistics
    assert proper.birth == other.birth
    assert proper.data == other.data
    for name in ("top1", "loss", "val_top1", "val_loss"):
        right = name if name.startswith("val_") else f"proper_{name}"
        assert other.metrics[right] == proper.metrics[name]
    assert other.metrics["loss"] == pytest.approx(proper.metrics["loss"], rel=1e-5) or condition not in HARMLESS
    assert (abs(other.metrics["loss"] - proper.metrics["loss"]) < 1e-4) is (condition in HARMLESS)
    assert other.evaluation["name"] == condition
    assert not proper.evaluation


@pytest.mark.parametrize("condition", ["train_mode", "with_grad"])
def test_so_it_is_where_every_weight_learns(condition: str, quick: Quick, trained: Trained) -> None:
    proper, other = (trained(evaluated(quick, name, "full")) for name in ("proper", condition))
    assert proper.curve == other.curve
    assert other.metrics["proper_loss"] == proper.metrics["loss"]


def test_a_wrong_range_costs_points(quick: Quick, trained: Trained) -> None:
    metrics = trained(evaluated(quick, "wrong_range")).metrics
    assert metrics["top1"] < metrics["proper_top1"] - 5


def test_grey_images_have_no_order_of_channels(quick: Quick, trained: Trained) -> None:
    metrics = trained(evaluated(quick, "bgr", data={"name": "digits", "samples": 100})).metrics
    assert metrics["loss"] == pytest.approx(metrics["proper_loss"], rel=1e-5)


def test_gradients_cost_memory_and_no_answer(quick: Quick, trained: Trained) -> None:
    record = trained(evaluated(quick, "with_grad"))
    assert record.evaluation["peak_bytes"] > 2 * record.evaluation["proper_peak_bytes"] > 0
    assert record.metrics["top1"] == record.metrics["proper_top1"]


def test_in_train_mode_the_answer_depends_on_the_batch(quick: Quick, trained: Trained) -> None:
    losses = {
        size: trained(evaluated(quick, "train_mode", evaluation={"batch_size": size})).metrics["loss"]
        for size in (8, 64)
    }
    assert losses[8] != losses[64]
    sizes = {
        size: trained(evaluated(quick, "wrong_crop", evaluation={"batch_size": size})).metrics["loss"]
        for size in (8, 64)
    }
    assert sizes[8] == pytest.approx(sizes[64], rel=1e-5)


@pytest.mark.parametrize("condition", ["train_mode", "with_grad"])
def test_model_and_random_numbers_are_left_as_they_were(condition: str, quick: Quick) -> None:
    spec = evaluated(quick, condition)
    built = build(spec, 10)
    model = built.model.eval().requires_grad_(False)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    state = torch.get_rng_state()
    evaluate_under(spec, model, built.preprocessing, find_hardware(CPU))
    assert torch.equal(torch.get_rng_state(), state)
    assert not any(module.training for module in model.modules())
    assert not any(parameter.requires_grad for parameter in model.parameters())
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())


def test_geometry_is_that_of_the_stored_images(tmp_path: Path) -> None:
    """A wide picture with a red left and a blue right third: squashed it has both, cut to its centre neither."""
    picture = np.zeros((30, 90, 3), np.uint8)
    picture[:, :30, 0] = picture[:, 60:, 2] = 255
    picture[10:20, 40:50] = 255
    for part in ("train", "val"):
        for label in ("a", "b"):
            (tmp_path / part / label).mkdir(parents=True)
            for name in ("0", "1"):
                Image.fromarray(picture).save(tmp_path / part / label / f"{name}.png")
    spec = Data.model_validate({"name": "imagefolder", "path": tmp_path, "size": 30})
    whole, squashed, cut = (
        load_test(spec, "bilinear", **how).pixels[0].float() for how in ({}, {"squash": True}, {"crop": 1 / 3})
    )
    assert torch.equal(whole, load(spec, "bilinear").load_test().pixels[0].float())
    assert whole[0, :, 0].max() == 0
    assert squashed[0, :, 0].min() == 255 == squashed[2, :, -1].min()
    assert cut.min() == 255
    both = load_test(spec, "bilinear", crop=2 / 3, squash=True).pixels[0].float()
    side = Image.fromarray(picture).crop((15, 5, 75, 25)).resize((30, 30), Image.Resampling.BILINEAR)
    assert torch.equal(both, torch.from_numpy(np.array(side)).permute(2, 0, 1).float())


def test_torchvisions_weights_bring_their_crop_and_can_be_given_the_other_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    state = mobilenet_v2().state_dict()
    monkeypatch.setattr(WeightsEnum, "get_state_dict", lambda self, *args, **kwargs: state)
    monkeypatch.setattr("harness.model.weights.torchvision.reachable", lambda address: True)
    crops = {"IMAGENET1K_V1": 224 / 256, "IMAGENET1K_V2": 224 / 232}
    for tag, other in zip(crops, reversed(crops), strict=True):
        spec = Spec.model_validate(
            {
                "backbone": {"name": "mobilenet_v2", "library": "torchvision"},
                "weights": {"name": "torchvision", "tag": tag},
                "creation": {"name": "swap_head"},
                "evaluation": {"name": "other_version_preprocessing"},
            }
        )
        right = build(spec, 7).preprocessing
        assert right.crop == pytest.approx(crops[tag])
        assert handling(spec, right).preprocessing == replace(right, crop=crops[other])


def test_weights_of_one_version_have_no_other(quick: Quick) -> None:
    spec = evaluated(quick, "other_version_preprocessing")
    with pytest.raises(ImpossibleConfiguration, match="is about weights=torchvision"):
        handling(spec, build(spec, 10).preprocessing)


def test_the_other_mean_and_deviation_are_never_the_same(quick: Quick) -> None:
    spec = evaluated(quick, "wrong_mean_std")
    right = build(spec, 10).preprocessing
    half = replace(right, mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5))
    nearly = replace(right, mean=(127 / 255,) * 3, std=(128 / 255,) * 3)
    for own in (right, half, nearly):
        assert abs(handling(spec, own).preprocessing.mean[2] - own.mean[2]) > 0.05
    assert TestHandling(half).preprocessing == half


def test_a_batch_size_without_a_condition_is_a_fault(quick: Quick) -> None:
    [fault] = faults(quick(evaluation={"batch_size": 8}))
    assert fault.startswith("evaluation.batch_size: has no effect on a proper evaluation")


def test_peak_memory_is_what_is_held_at_once() -> None:
    start = torch.zeros(1000)
    learns = torch.nn.Parameter(torch.zeros(1000))

    def chain(tensor: torch.Tensor) -> torch.Tensor:
        for _ in range(5):
            tensor = torch.sin(tensor)
        return tensor

    assert peak_bytes(lambda: start.view(10, 100).mul_(2), MEMORY) == 0
    assert peak_bytes(lambda: chain(start), MEMORY) == 2 * 4000
    assert peak_bytes(lambda: chain(learns), MEMORY) == 5 * 4000
    with torch.no_grad():
        assert peak_bytes(lambda: chain(learns), MEMORY) == 2 * 4000
