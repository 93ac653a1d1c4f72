from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from torchvision import datasets

from harness.data.datasets.torchvision import shared_classes
from harness.data.describe import describe
from harness.data.load import load
from harness.data.open import open_source, source_faults
from harness.data.split import split
from harness.spec.errors import RequestError
from harness.spec.identity import run_id
from harness.spec.spec import Data, Spec

from . import published


def spec(root: Path, name: str, **fields: object) -> Data:
    return Data.model_validate({"name": "torchvision", "set": name, "root": root, **fields})


def test_cifar10_is_read_from_its_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    batches = published.cifar10(tmp_path, monkeypatch)
    dataset = load(spec(tmp_path, "CIFAR10"))
    assert dataset.label == "CIFAR10"
    assert dataset.classes == tuple(published.CIFAR10_NAMES)
    assert len(dataset.train) == 100
    assert dataset.train.labels[:12].tolist() == [*range(10), 0, 1]
    assert (dataset.train.pixels[0].permute(1, 2, 0).numpy() == batches["data_batch_1"][0]).all()
    assert (dataset.load_test().pixels[3].permute(1, 2, 0).numpy() == batches["test_batch"][3]).all()
    assert dataset.about["parts"] == {"train": "train=True", "test": "train=False"}


def test_classes_and_samples_are_cut_from_any_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    published.cifar10(tmp_path, monkeypatch)
    whole = open_source(spec(tmp_path, "CIFAR10"))
    part = open_source(spec(tmp_path, "CIFAR10", classes=3, samples=9))
    assert np.bincount(part.train.labels).tolist() == [3, 3, 3]
    assert sorted(set(part.test().labels)) == [0, 1, 2]
    assert set(part.train.names) < set(whole.train.names)
    assert part.train.stamp != whole.train.stamp
    position = whole.train.names.index(part.train.names[4])
    assert part.train.open(4).tobytes() == whole.train.open(position).tobytes()


def test_a_batch_that_is_not_the_published_one_is_not_unpickled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    published.cifar10(tmp_path, monkeypatch)
    marker = tmp_path / "executed"
    batch = tmp_path / "cifar-10-batches-py" / "data_batch_3"
    batch.write_bytes(b"cposix\nsystem\n(S'touch " + str(marker).encode() + b"'\ntR.")
    with pytest.raises(ValueError, match=r"data\.set: CIFAR10 cannot be read below .* not found or corrupted"):
        spec(tmp_path, "CIFAR10")
    assert not marker.exists()


def test_the_identity_is_the_content_and_not_the_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    published.cifar10(tmp_path / "one", monkeypatch)
    published.cifar10(tmp_path / "two", monkeypatch)
    one, two = (Spec(data=spec(tmp_path / name, "CIFAR10")) for name in ("one", "two"))
    assert run_id(one) == run_id(two)
    other = tmp_path / "three"
    published.cifar10(other, monkeypatch, [9 - index % 10 for index in range(20)])
    assert run_id(Spec(data=spec(other, "CIFAR10"))) != run_id(one)


def test_labels_outside_the_classes_are_counted_and_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    published.cifar10(tmp_path, monkeypatch, [12, *range(1, 10), *range(10)])
    [fault] = source_faults(spec(tmp_path, "CIFAR10"))
    assert fault.startswith("data: 5 of 100 images of the training part have a label outside 0 to 9: CIFAR10 train 0 ")


def test_imagenette_is_tested_on_its_official_val(tmp_path: Path) -> None:
    published.imagenette(tmp_path)
    dataset = load(spec(tmp_path, "Imagenette", kwargs={"size": "320px"}))
    assert len(dataset.train) == 40
    assert len(dataset.load_test()) == 20
    assert dataset.classes[:2] == ("tench", "English springer")
    assert dataset.about["parts"] == {"train": "split=train", "test": "split=val"}
    assert dataset.about["stored"]["test"] == {"modes": {"RGB": 20}}
    train, val = split(dataset.train, 0.25, 0)
    assert describe(dataset, train, val, dataset.load_test())["parts"]["test"] == "split=val"


def test_class_folders_that_differ_between_the_parts_are_refused(tmp_path: Path) -> None:
    published.imagenette(tmp_path, test=published.WNIDS[:9])
    with pytest.raises(ValueError, match=r"training and the test part of Imagenette differ in classes: parachute"):
        spec(tmp_path, "Imagenette", kwargs={"size": "320px"})


def test_parts_that_number_their_classes_in_another_order_are_refused() -> None:
    with pytest.raises(RequestError, match="Set differ in classes: cat, dog against dog, cat"):
        shared_classes("Set", [("cat", "dog"), ("dog", "cat")])
    with pytest.raises(RequestError, match="Set differ in classes: owl"):
        shared_classes("Set", [("cat", "dog"), ("cat", "dog", "owl")])


def test_of_parts_whose_classes_are_numbers_the_most_count() -> None:
    assert shared_classes("Set", [("0", "1", "2"), ("0", "1"), ("0", "1", "2")]) == ("0", "1", "2")


def test_pcam_is_read_from_hdf5_and_its_val_left_aside(tmp_path: Path) -> None:
    published.pcam(tmp_path)
    dataset = load(spec(tmp_path, "PCAM", size=96))
    assert (dataset.train.pixels[5].permute(1, 2, 0).numpy() == published.pictures(8, 96, 0)[5]).all()
    assert (dataset.load_test().pixels[5].permute(1, 2, 0).numpy() == published.pictures(8, 96, 1)[5]).all()
    assert dataset.train.labels.tolist() == [0, 1] * 4
    both = load(spec(tmp_path, "PCAM", train_split="train+val"))
    assert len(both.train) == 16


def test_a_set_without_official_splits_has_a_fifth_held_out(tmp_path: Path) -> None:
    pixels = (published.pictures(50, 16, colour=False) > 127).astype(int)
    rows = [
        " ".join(map(str, [*image.reshape(-1), *np.eye(10, dtype=int)[number % 10]]))
        for number, image in enumerate(pixels)
    ]
    (tmp_path / "semeion.data").write_text("\n".join(rows) + "\n")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(datasets.SEMEION, "_check_integrity", lambda self: True)
        source = open_source(spec(tmp_path, "SEMEION"))
    assert np.bincount(source.train.labels).tolist() == [4] * 10
    assert np.bincount(source.test().labels).tolist() == [1] * 10
    assert not set(source.train.names) & set(source.test().names)
    assert source.parts["test"].startswith("no official split")


def test_without_a_network_a_line_says_which_file_goes_where(tmp_path: Path) -> None:
    for name, file, folder in (
        ("CIFAR100", "cifar-100-python.tar.gz from https://www.cs.toronto.edu/~kriz", tmp_path),
        ("ImageNet", "ILSVRC2012_img_train.tar, ", tmp_path),
        ("PCAM", "camelyonpatch_level_2_split_", tmp_path / "pcam"),
    ):
        with pytest.raises(ValueError, match=rf"data\.set: {name} ") as caught:
            spec(tmp_path, name)
        assert f"put {file}" in str(caught.value)
        assert f"into {folder} by hand" in str(caught.value)
        assert str(caught.value).count("\n") <= 3  # of which pydantic writes its own


def test_a_failed_download_ends_in_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def offline(*arguments: object, **options: object) -> None:
        raise OSError("no network")

    monkeypatch.setattr("urllib.request.urlopen", offline)
    with pytest.raises(ValueError, match=r"data\.download: CIFAR10 is unavailable .*no network.* by hand and try"):
        spec(tmp_path, "CIFAR10", download=True)


def test_what_is_there_is_not_fetched_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    published.cifar10(tmp_path, monkeypatch)
    monkeypatch.setattr("urllib.request.urlopen", None)
    assert len(open_source(spec(tmp_path, "CIFAR10", download=True)).train) == 100


def test_a_split_that_is_not_there_is_refused(tmp_path: Path) -> None:
    published.imagenette(tmp_path)
    with pytest.raises(ValueError, match=r"data\.test_split: Imagenette has no such test part: .*'nowhere'"):
        spec(tmp_path, "Imagenette", test_split="nowhere", kwargs={"size": "320px"})


def test_several_labels_an_image_are_refused() -> None:
    from harness.data.datasets._torchvision_content import read_content

    faces = [(None, np.zeros(40, dtype=int))]
    with pytest.raises(RequestError, match=r"an image of list has not one class but 40 labels"):
        read_content(faces, Path(), "train")


@pytest.mark.real
def test_real_photographs_in_the_published_layout(assets: Path, tmp_path: Path) -> None:
    """Flowers under Imagenette's names: torchvision's class reads them as it reads the original."""
    flowers = sorted(path.name for path in (assets / "images" / "flowers5" / "train").iterdir() if path.is_dir())
    for part in ("train", "val"):
        for wnid, flower in zip(published.WNIDS, flowers, strict=False):
            folder = tmp_path / "imagenette2-320" / part / wnid
            folder.mkdir(parents=True)
            for file in sorted((assets / "images" / "flowers5" / part / flower).iterdir())[:10]:
                (folder / f"{file.stem}.jpeg").symlink_to(file)
    request = spec(tmp_path, "Imagenette", kwargs={"size": "320px"}, size=64)
    assert source_faults(request) == []
    dataset = load(request)
    assert len(dataset.train) == len(dataset.load_test()) == 50
    train, val = split(dataset.train, 0.2, 0)
    assert describe(dataset, train, val, dataset.load_test())["test_images_in_train"] == 0
