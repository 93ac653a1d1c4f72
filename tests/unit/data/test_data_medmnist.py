from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from harness.data.load import load
from harness.data.open import source_faults
from harness.spec.identity import run_id
from harness.spec.spec import Data, Spec

from . import published


def spec(**fields: object) -> Data:
    return Data.model_validate({"name": "medmnist", **fields})


@pytest.mark.parametrize(("side", "colour"), [(28, False), (64, True), (128, False), (224, True)])
def test_every_size_grey_and_colour(tmp_path: Path, side: int, colour: bool) -> None:
    file = published.medmnist(tmp_path / "bloodish.npz", side, colour)
    dataset = load(spec(path=file, size=side))
    assert dataset.label == "bloodish"
    assert dataset.classes == ("0", "1")
    first = published.pictures(12, side, 0, colour)[0]
    assert (dataset.train.pixels[0].numpy() == (first.transpose(2, 0, 1) if colour else first)).all()
    assert (len(dataset.train), len(dataset.load_test())) == (12, 6)


TWELVE = {
    "pathmnist": (9, True),
    "chestmnist_64": (14, False),
    "dermamnist_128": (7, True),
    "octmnist_224": (4, False),
    "pneumoniamnist": (2, False),
    "retinamnist_64": (5, True),
    "breastmnist_128": (2, False),
    "bloodmnist_224": (8, True),
    "tissuemnist": (8, False),
    "organamnist_64": (11, False),
    "organcmnist_128": (11, False),
    "organsmnist_224": (11, False),
}
"""The 2D sets as the package names their files, with how many classes (chestmnist: labels) they have, and their colour:
Yang et al. 2023, MedMNIST v2, table 1."""


@pytest.mark.parametrize("name", TWELVE)
def test_each_of_the_twelve_sets_in_its_published_form(tmp_path: Path, name: str) -> None:
    """Labels are [N, 1], of chestmnist [N, 14]; grades (retinamnist) are classes."""
    classes, colour = TWELVE[name]
    side = int(name.partition("_")[2] or 28)
    several = name.startswith("chest")
    counts = {"train": 2 * classes, "val": 4, "test": classes}
    labels = {
        f"{part}_labels": (
            (np.arange(count)[:, None] + np.arange(classes)) % 3 == 0
            if several
            else np.arange(count)[:, None] % classes
        ).astype(np.uint8)
        for part, count in counts.items()
    }
    images = {
        f"{part}_images": published.pictures(count, side, seed, colour)
        for seed, (part, count) in enumerate(counts.items())
    }
    published.medmnist(tmp_path / "medmnist" / f"{name}.npz", side, colour, **labels, **images)
    dataset = load(spec(set=name, root=tmp_path, size=side))
    assert dataset.multilabel is several
    assert len(dataset.classes) == classes
    assert dataset.train.pixels.shape == (2 * classes, 3, side, side)
    expected = labels["train_labels"] if several else labels["train_labels"][:, 0]
    assert dataset.train.labels.tolist() == expected.tolist()
    assert len(dataset.load_test()) == classes


def test_a_set_by_name_lies_below_the_root(tmp_path: Path) -> None:
    published.medmnist(tmp_path / "medmnist" / "pneumoniamnist_64.npz", 64)
    named = spec(set="pneumoniamnist_64", root=tmp_path)
    dataset = load(named)
    assert dataset.label == "pneumoniamnist_64"
    assert dataset.about["parts"] == {"train": "train", "test": "test"}
    moved = tmp_path / "elsewhere" / "medmnist" / "pneumoniamnist_64.npz"
    published.medmnist(moved, 64)
    moved.write_bytes((tmp_path / "medmnist" / "pneumoniamnist_64.npz").read_bytes())
    assert run_id(Spec(data=spec(set="pneumoniamnist_64", root=tmp_path / "elsewhere"))) == run_id(Spec(data=named))


def test_classes_bear_their_published_names_where_the_package_is_there(tmp_path: Path) -> None:
    pytest.importorskip("medmnist")
    file = published.medmnist(tmp_path / "pneumoniamnist.npz")
    assert load(spec(path=file)).classes == ("normal", "pneumonia")


def test_the_official_val_can_be_learnt_from(tmp_path: Path) -> None:
    file = published.medmnist(tmp_path / "x.npz")
    assert len(load(spec(path=file, train_split="train+val")).train) == 18


def test_a_missing_file_is_named_with_where_it_comes_from(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"pneumoniamnist_224\.npz is not in .*put it there by hand from https://"):
        spec(set="pneumoniamnist_224", root=tmp_path)


def test_nothing_is_unpickled(tmp_path: Path) -> None:
    bad = published.medmnist(tmp_path / "x.npz", train_images=np.array([{"code": 1}] * 12, dtype=object))
    [fault] = source_faults(spec(path=bad))
    assert fault.startswith("data.path: x.npz cannot be read (Object arrays cannot be loaded when allow_pickle=False)")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (
            {"train_labels": np.zeros((12, 14), int)},
            "data.path: x.npz has images with different numbers of labels: 14 of",
        ),
        ({"train_images": np.zeros((12, 28, 28, 28), np.uint8)}, "data.path: train_images of x.npz has shape (12, 28,"),
        (
            {"train_images": np.zeros((12, 28, 28))},
            "data.path: train_images of x.npz has shape (12, 28, 28) and type f",
        ),
        ({"train_labels": np.zeros((12, 1))}, "data.path: the labels of x.npz are of type float64"),
        ({"train_labels": np.zeros((11, 1), int)}, "data.path: x.npz has 12 train images, but another number"),
        ({"train_labels": np.zeros((12, 1), int)}, "data: every image of the training part is of class 0"),
        ({"train_labels": np.array([-1, *[0, 1] * 5, 1])[:, None]}, "data: 1 of 12 images of the training part have "),
        (
            {"test_images": np.zeros((0, 28, 28), np.uint8), "test_labels": np.zeros((0, 1), int)},
            "data: the test part has no images",
        ),
    ],
)
def test_what_a_file_may_not_hold(tmp_path: Path, changed: dict[str, np.ndarray], said: str) -> None:
    found = source_faults(spec(path=published.medmnist(tmp_path / "x.npz", **changed)))
    assert [fault[: len(said)] for fault in found] == [said]


@pytest.mark.parametrize("cut", [0, 100, 3000])
def test_a_truncated_file_is_told(tmp_path: Path, cut: int) -> None:
    file = published.medmnist(tmp_path / "x.npz")
    file.write_bytes(file.read_bytes()[:cut])
    [fault] = source_faults(spec(path=file))
    assert fault.startswith("data.path: x.npz cannot be read")


def test_a_file_of_another_kind_is_told(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", weights=np.zeros(3))
    [fault] = source_faults(spec(path=tmp_path / "x.npz"))
    assert fault == "data.path: x.npz has no 'train_images'; it is not a MedMNIST file"
