"""A shifted test part is an outcome beside the others: it changes neither the training nor any other outcome."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from harness.data.load import load
from harness.data.shift.folder import faults as folder_faults
from harness.data.shift.folder import folder
from harness.model.pretrained import Preprocessing
from harness.records.record import Record
from harness.spec.identity import portable, run_id
from harness.spec.rules import faults
from harness.spec.spec import Spec

Quick = Callable[..., Spec]
Trained = Callable[[Spec], Record]
KINDS = ["gaussian_noise", "contrast"]


@pytest.fixture
def shifted(quick: Quick) -> Callable[..., Spec]:
    def spec(transfer: str = "linear_probe", **shift: Any) -> Spec:
        return quick(transfer={"name": transfer}, recipe={"lr": 1e-2, "epochs": 2}, shift=shift)

    return spec


def without_shift(record: Record) -> dict[str, Any]:
    return {name: value for name, value in record.metrics.items() if not name.startswith("shift_")}


@pytest.mark.parametrize("transfer", ["linear_probe", "full"])
def test_training_and_every_other_outcome_stay_the_same(
    transfer: str, shifted: Callable[..., Spec], trained: Trained
) -> None:
    plain, other = (trained(shifted(transfer, **more)) for more in ({}, {"name": "corruptions", "kinds": KINDS}))
    assert plain.run_id != other.run_id
    assert plain.curve == other.curve
    assert plain.data == other.data
    assert plain.metrics == without_shift(other)
    for metric in ("top1", "balanced_accuracy", "loss", "calibration_error"):
        kinds = [other.metrics[f"shift_{kind}_{metric}"] for kind in KINDS]
        assert other.metrics[f"shift_{metric}"] == pytest.approx(sum(kinds) / 2)


def test_noise_costs_points_and_more_of_it_more(shifted: Callable[..., Spec], trained: Trained) -> None:
    runs = [trained(shifted(name="corruptions", kinds=["gaussian_noise"], severity=level)) for level in (1, 3, 5)]
    top1 = [run.metrics["shift_top1"] for run in runs]
    assert runs[0].metrics["top1"] > top1[0] > top1[1] > top1[2]


def test_two_methods_are_tested_on_the_same_corrupted_images(shifted: Callable[..., Spec], trained: Trained) -> None:
    same = {"name": "corruptions", "kinds": ["impulse_noise"]}
    spec = shifted(**same)
    others = [
        spec.model_copy(update={"creation": spec.creation.model_copy(update={"name": name}), "init": init})
        for name in ("create_model", "swap_head")
        for init in (spec.init.model_copy(update={"name": "zeros"}),)
    ]
    first, second = map(trained, others)
    assert first.metrics["shift_loss"] == second.metrics["shift_loss"]


def test_all_kinds_named_are_the_same_run_as_none_named(quick: Quick) -> None:
    every = [
        "brightness", "contrast", "gaussian_blur", "gaussian_noise", "impulse_noise", "jpeg_compression", "pixelate",
        "saturate", "shot_noise", "speckle_noise", "zoom_blur",
    ]  # fmt: skip
    named, unnamed = ({"name": "corruptions", "kinds": kinds} for kinds in (every[::-1], None))
    assert run_id(quick(shift=named)) == run_id(quick(shift=unnamed))


def test_keys_without_effect_are_refused(quick: Quick) -> None:
    assert list(faults(quick(shift={"severity": 2}))) == [
        "shift.severity: has no effect under shift=none; use shift=corruptions"
    ]
    assert "shift.path" in next(faults(quick(shift={"name": "folder"})))
    both = quick(shift={"name": "corruptions"}, evaluation={"name": "bgr"})
    assert list(faults(both)) == ["shift: corruptions has no place beside evaluation=bgr; choose one of them"]


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """Another test set of the made data: one image a class, in a folder of its name, and a folder that is no class."""
    classes = load(Spec.model_validate({"data": {"name": "made"}}).data).classes
    for name in (*classes, "something else"):
        (tmp_path / name).mkdir()
        Image.new("RGB", (40, 60), "red").save(tmp_path / name / "one.png")
    return tmp_path


def test_a_folder_of_the_same_classes_is_tested_on(
    elsewhere: Path, shifted: Callable[..., Spec], trained: Trained
) -> None:
    spec = shifted(name="folder", path=elsewhere)
    dataset = load(spec.data)
    [(name, images)] = list(folder(spec, dataset, Preprocessing((0.5,) * 3, (0.5,) * 3, "bicubic", 1.0)))
    assert (name, len(images)) == ("folder", len(dataset.classes))
    assert images.labels.tolist() == list(range(len(dataset.classes)))
    record = trained(spec)
    assert record.metrics["shift_top1"] == pytest.approx(100 / len(dataset.classes))  # one image, one answer
    assert str(elsewhere) not in str(portable(spec))
    assert record.spec["shift"]["fingerprint"]


def test_a_class_without_images_is_told_before_training(elsewhere: Path, shifted: Callable[..., Spec]) -> None:
    first = load(Spec.model_validate({"data": {"name": "made"}}).data).classes[0]
    (elsewhere / first / "one.png").unlink()
    [fault] = folder_faults(shifted(name="folder", path=elsewhere))
    assert first in fault
    assert "shift.path" in fault
