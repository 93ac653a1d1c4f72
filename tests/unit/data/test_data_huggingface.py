from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Picture

from harness.data.parts.check import faults
from harness.data.parts.load import load
from harness.data.parts.open import open_source
from harness.spec.spec import Data

from . import published

pytest.importorskip("datasets")

import datasets
from datasets import ClassLabel, Features, Image, Sequence, Value

NAMES = ["cat", "dog", "owl"]


def encoded(pixels: Any) -> bytes:
    stream = io.BytesIO()
    Picture.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


def write(folder: Path, split: str, count: int, label: Any = None, labels: Any = None, **more: Any) -> Path:
    kind = ClassLabel(names=NAMES) if label is None else label
    rows = {
        "picture": [{"bytes": encoded(image), "path": None} for image in published.pictures(count, 24, len(split))],
        "kind": [index % 3 for index in range(count)] if labels is None else labels,
        **{name: values for name, (_, values) in more.items()},
    }
    features = Features({"picture": Image(), "kind": kind, **{name: feature for name, (feature, _) in more.items()}})
    folder.mkdir(exist_ok=True)
    datasets.Dataset.from_dict(rows, features=features).to_parquet(folder / f"{split}-00000-of-00001.parquet")
    return folder


@pytest.fixture
def spec(tmp_path: Path) -> Any:
    def build(folder: Path, **fields: object) -> Data:
        return Data.model_validate({"name": "huggingface", "path": folder, "root": tmp_path / "root", **fields})

    return build


def test_parquet_files_with_columns_of_any_name(tmp_path: Path, spec: Any) -> None:
    folder = write(write(tmp_path / "animals", "train", 12), "test", 6)
    dataset = load(spec(folder, size=24))
    assert dataset.label == "animals"
    assert dataset.classes == ("cat", "dog", "owl")
    assert (dataset.train.pixels[7].permute(1, 2, 0).numpy() == published.pictures(12, 24, 5)[7]).all()
    assert dataset.train.labels.tolist() == [0, 1, 2] * 4
    assert len(dataset.load_test()) == 6
    assert dataset.about["parts"] == {"train": "split=train", "test": "split=test"}


def test_a_test_part_without_labels_is_passed_over(tmp_path: Path, spec: Any) -> None:
    folder = write(write(write(tmp_path / "a", "train", 12), "validation", 6), "test", 6, labels=[-1] * 6)
    assert open_source(spec(folder)).parts["test"] == "split=validation"


def test_labels_as_text_are_classes_by_name(tmp_path: Path, spec: Any) -> None:
    folder = tmp_path / "a"
    for split, count in (("train", 6), ("test", 3)):
        write(folder, split, count, Value("string"), [["b", "a", "c"][index % 3] for index in range(count)])
    source = open_source(spec(folder))
    assert source.classes == ("a", "b", "c")
    assert list(source.train.labels[:3]) == [1, 0, 2]


def test_a_stream_takes_the_first_after_a_seeded_shuffle(tmp_path: Path, spec: Any) -> None:
    folder = write(write(tmp_path / "a", "train", 60), "test", 30)
    first, again = (open_source(spec(folder, stream=True, samples=20)) for _ in range(2))
    assert len(first.train) == len(first.test()) == 20
    assert set(first.train.labels) == {0, 1, 2}
    assert list(first.train.labels) == list(again.train.labels) != [index % 3 for index in range(20)]
    assert first.parts["train"] == "split=train, 20 images streamed"


def test_a_folder_of_images(tmp_path: Path, spec: Any) -> None:
    for split in ("train", "test"):
        for name in ("cat", "dog"):
            (tmp_path / "pets" / split / name).mkdir(parents=True)
            for index, image in enumerate(published.pictures(4, 20, len(split + name))):
                Picture.fromarray(image).save(tmp_path / "pets" / split / name / f"{index}.png")
    source = open_source(spec(tmp_path / "pets"))
    assert source.classes == ("cat", "dog")
    assert len(source.train) == 8


@pytest.mark.parametrize(
    ("more", "fields", "said"),
    [
        ({"label": Sequence(Value("int64")), "labels": [[0, 1]] * 6}, {"label_column": "kind"}, "data.label_column: k"),
        ({"colour": (ClassLabel(names=NAMES), [0] * 6)}, {}, "data.label_column: say which column: kind, colour could"),
        ({"thumb": (Image(), [None] * 6)}, {}, "data.image_column: say which column: picture, thumb could be it"),
        ({}, {"image_column": "pictur"}, "data.image_column: there is no column 'pictur'; did you mean picture?"),
        ({}, {"train_split": "trian"}, "data.train_split: there is no split 'trian'; did you mean train?"),
        ({}, {"test_split": "train"}, "data.test_split: no labelled split named train beside train"),
        ({"labels": [0, 1, None, 0, 1, 2]}, {}, "data.label_column: 1 of 6 rows have no label: train 2"),
    ],
)
def test_tables_that_need_a_word(tmp_path: Path, spec: Any, more: Any, fields: dict[str, Any], said: str) -> None:
    folder = write(write(tmp_path / "a", "train", 6, **more), "test", 6, **more)
    assert [fault[: len(said)] for fault in faults(spec(folder, **fields))] == [said]


def test_a_set_that_is_not_there_ends_in_a_line(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"data\.set: 'nobody/nothing' cannot be had .*datasets/nobody"):
        Data.model_validate({"name": "huggingface", "set": "nobody/nothing", "root": tmp_path})
