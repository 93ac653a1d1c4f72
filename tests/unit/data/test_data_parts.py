"""Which folders are learnt from, validated on and tested on, by whatever names people give them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from harness.data.describe import describe
from harness.data.load import load
from harness.data.open import source_faults
from harness.data.split import split
from harness.spec.spec import Data

Build = Callable[..., Path]


def spec(path: Path, **fields: object) -> Data:
    return Data.model_validate({"name": "imagefolder", "path": path, "size": 16, **fields})


def renamed(path: Path, **parts: str) -> Path:
    for old, new in parts.items():
        (path / old).rename(path / new)
    return path


@pytest.mark.parametrize("name", ["test", "valid", "validation", "Val", "testing"])
def test_the_test_part_by_any_of_its_names(build_folder: Build, name: str) -> None:
    dataset = load(spec(renamed(build_folder(), val=name)))
    assert (len(dataset.train), len(dataset.load_test())) == (24, 24)
    assert dataset.about["parts"] == {"train": "train/", "test": f"{name}/"}


def three(build: Build) -> Path:
    path = renamed(build(), val="test")
    for name in ("cat", "dog"):
        (path / "val" / name).mkdir(parents=True)
        for index in range(2):
            Image.new("RGB", (16, 16), (index, 9, 9)).save(path / "val" / name / f"{index}.png")
    return path


def test_of_three_parts_each_is_what_it_says(build_folder: Build) -> None:
    path = three(build_folder)
    dataset = load(spec(path, samples=10))
    held = dataset.load_test()
    for seed in range(3):
        train, val = split(dataset.train, 0.2, seed)
        assert [list(dataset.train.names or ())[index] for index in val] == [
            f"val/{name}/{index}.png" for name in ("cat", "dog") for index in range(2)
        ]
        assert (len(train), len(val)) == (10, 4)
    assert len(held) == 24
    assert dataset.about["parts"] == {"train": "train/", "test": "test/", "validation": "val/"}
    block = describe(dataset, train, val, held)
    assert (block["n_train"], block["n_val"], block["n_test"]) == (10, 4, 24)
    assert spec(path).reading == "validation=own"
    [fault] = source_faults(spec(path, val_fraction=0.3))
    assert fault.startswith("data.val_fraction: has no effect, as val/ is validated on")


def test_parts_can_be_chosen(build_folder: Build) -> None:
    path = three(build_folder)
    both, turned = load(spec(path, train_split="train+val")), load(spec(path, test_split="val"))
    assert (len(both.train), len(both.load_test())) == (28, 24)
    assert both.train.labels.tolist() == sorted(both.train.labels.tolist())
    assert both.train.validation is None
    assert (len(turned.train), len(turned.load_test())) == (24, 4)
    assert turned.about["notes"] == ["test/ is left aside"]


def test_a_test_part_without_classes_is_left_aside(build_folder: Build) -> None:
    path = build_folder()
    (path / "test").mkdir()
    Image.new("RGB", (9, 9)).save(path / "test" / "1.png")
    dataset = load(spec(path))
    assert dataset.about["notes"] == ["test/ is left aside, as it has no class folders"]
    assert next(iter(dataset.load_test().names or ())).startswith("val/")
    assert spec(path).reading is None


@pytest.mark.parametrize("bare", [False, True])
def test_one_part_alone_is_cut_by_a_fixed_rule(build_folder: Build, tmp_path: Path, bare: bool) -> None:
    path = build_folder()
    shutil.rmtree(path / "val")
    if bare:
        shutil.move(path / "train", tmp_path / "alone")
        path = tmp_path / "alone"
    dataset, again = load(spec(path)), load(spec(path, size=17))
    held = dataset.load_test()
    assert (len(dataset.train), len(held)) == (19, 5)
    assert set(held.labels.tolist()) == {0, 1}
    assert not set(dataset.train.names or ()) & set(held.names or ())
    assert list(held.names or ()) == list(again.load_test().names or ())
    assert dataset.about["notes"] == ["no test part: a fixed 20% of each class is held out for it"]
    assert "held out by a fixed rule" in dataset.about["parts"]["test"]


def test_one_part_alone_is_cut_by_whole_groups(build_folder: Build) -> None:
    path = build_folder()
    shutil.rmtree(path / "val")
    dataset = load(spec(path, groups=r"-([a-z]+\d+)-"))
    held = dataset.load_test()
    assert held.groups
    assert not set(dataset.train.groups or ()) & set(held.groups)
    assert set(held.labels.tolist()) == {0, 1}
