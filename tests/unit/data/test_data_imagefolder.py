from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from harness.data.describe import describe
from harness.data.load import load
from harness.data.open import source_faults
from harness.data.resize import to_square
from harness.data.split import split
from harness.spec.errors import RequestError
from harness.spec.spec import Data

Build = Callable[..., Path]

PATIENT = r"(\w+-[a-z]+\d+)-"


def spec(path: Path, **fields: object) -> Data:
    return Data(name="imagefolder", path=path, size=16, **fields)


def test_reads_train_and_val(build_folder: Build) -> None:
    dataset = load(spec(build_folder(), groups=PATIENT))
    assert dataset.label == "pets"
    assert dataset.classes == ("cat", "dog")
    assert dataset.train.pixels.shape == (24, 3, 16, 16)
    assert dataset.train.labels.tolist() == [0] * 12 + [1] * 12
    assert dataset.train.groups is not None
    assert dataset.train.groups[:3] == ("train-cat00", "train-cat00", "train-cat01")
    assert len(dataset.load_test()) == 24


def test_the_test_part_is_not_decoded_before_it_is_asked_for(build_folder: Build) -> None:
    path = build_folder(patients=3)
    (path / "val" / "cat" / "val-cat00-0.png").write_bytes(b"no image")
    dataset = load(spec(path))
    with pytest.raises(RequestError, match=r"1 of 12 images cannot be read: val/cat/val-cat00-0\.png"):
        dataset.load_test()


def test_groups_of_the_test_part_in_train_are_counted(build_folder: Build) -> None:
    dataset = load(spec(build_folder(), groups=r"\d+-", shared_groups="allow"))
    train, val = split(dataset.train, 0.3, 0)
    assert describe(dataset, train, val, dataset.load_test())["test_groups_in_train"] == 6


def test_samples_and_classes(build_folder: Build) -> None:
    dataset = load(spec(build_folder(("a", "b", "c")), classes=2, samples=10, groups=PATIENT))
    assert dataset.classes == ("a", "b")
    assert torch.bincount(dataset.train.labels).tolist() == [5, 5]
    assert dataset.train.groups is not None
    assert len(dataset.train.groups) == 10
    assert len(dataset.load_test()) == 24


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"classes": 3}, "data.classes: 3 asked for, but the data set has 2"),
        ({"samples": 25}, "data.samples: 25 asked for, but the training part has 24"),
        ({"groups": "("}, "data.groups: '(' is no regular expression"),
        ({"groups": r"cat\d+"}, "data.groups: 'cat\\d+' finds no group in 12 of 24 file names, such as train-dog"),
    ],
)
def test_requests_that_the_folder_cannot_meet(build_folder: Build, fields: dict[str, object], said: str) -> None:
    request = spec(build_folder(), **fields)
    assert [fault[: len(said)] for fault in source_faults(request)] == [said]
    with pytest.raises(RequestError):
        load(request)


def test_folders_that_are_wrong(build_folder: Build, tmp_path: Path) -> None:
    path = build_folder(("a", "b", "c"))
    shutil.rmtree(path / "val" / "b")
    (path / "val" / "d").mkdir()
    missing, added = source_faults(spec(path))
    assert "classes in train/ but not in val/: b;" in missing
    assert "classes in val/ but not in train/: d;" in added
    (path / "val" / "d").rename(path / "val" / "b")
    assert source_faults(spec(path)) == ["data.path: no images in val/ for b"]
    shutil.rmtree(path / "train")
    assert source_faults(spec(path))[0].startswith("data.path: no train/ in ")
    with pytest.raises(RequestError, match="no train/"):
        load(spec(path))


def test_unreadable_files_are_counted_and_named(build_folder: Build) -> None:
    path = build_folder()
    for view in range(2):
        (path / "train" / "dog" / f"train-dog03-{view}.png").write_bytes(b"no image")
    request = spec(path)
    [fault] = source_faults(request)
    assert fault.startswith("data: of the training part, 2 of 24 images cannot be read: train/dog/train-dog03-0.png")
    with pytest.raises(RequestError, match="2 of 24 images cannot be read"):
        load(request)


def test_hidden_files_are_no_images(build_folder: Build) -> None:
    path = build_folder()
    (path / "train" / "cat" / "._train-cat00-0.png").write_bytes(b"no image")
    (path / "train" / ".cache").mkdir()
    assert len(load(spec(path)).train) == 24


def test_the_centre_square_is_taken() -> None:
    pixels = np.zeros((10, 30, 3), np.uint8)
    pixels[:, 10:20] = (255, 0, 128)
    square = to_square(Image.fromarray(pixels), 20, "bilinear")
    assert square.shape == (3, 20, 20)
    inside = square[:, :, 1:-1]  # at the edge, the filter sees what lies beyond the square
    assert inside[0].unique().tolist() == [255]
    assert inside[2].unique().tolist() == [128]


@pytest.mark.parametrize("mode", ["L", "1", "P", "RGBA", "CMYK"])
def test_every_colour_mode_becomes_rgb(mode: str) -> None:
    assert to_square(Image.new("RGB", (9, 9), (255, 255, 255)).convert(mode), 8, "bicubic").min() >= 250


def test_sixteen_bit_grey_is_scaled_and_not_clipped() -> None:
    image = Image.fromarray(np.full((8, 8), 32_768, np.uint16))
    assert to_square(image, 8, "bicubic").unique().tolist() == [128]
    with pytest.raises(ValueError, match="no fixed range"):
        to_square(Image.fromarray(np.zeros((8, 8), np.float32)), 8, "bicubic")


@pytest.mark.real
@pytest.mark.skipif("HARNESS_ASSETS" not in os.environ, reason="HARNESS_ASSETS is not set")
def test_real_chest_xrays_keep_patients_apart() -> None:
    path = Path(os.environ["HARNESS_ASSETS"]) / "images" / "chestxray"
    dataset = load(spec(path, groups=r"(person\d+|IM-\d+)"))
    train, val = split(dataset.train, 0.2, 0)
    block = describe(dataset, train, val, dataset.load_test())
    assert block["n_train"] + block["n_val"] == 957
    assert block["n_test"] == 240
    assert block["test_groups_in_train"] == block["test_images_in_train"] == 0
    groups = dataset.train.groups
    assert groups is not None
    assert not {groups[index] for index in train} & {groups[index] for index in val}
