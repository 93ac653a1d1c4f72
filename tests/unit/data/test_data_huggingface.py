from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Picture

from harness.data.datasets import huggingface
from harness.data.load import load
from harness.data.open import open_source, source_faults
from harness.spec.identity import run_id
from harness.spec.spec import Data, Spec

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


def test_a_stream_takes_the_first_after_a_seeded_shuffle(
    tmp_path: Path, spec: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(datasets.config, "SLEEP_TIME_ON_THREADS_SHUTDOWN", 0, raising=False)  # it waits at the end
    folder = write(write(tmp_path / "a", "train", 60), "test", 30)
    first = open_source(spec(folder, stream=True, samples=20))
    huggingface._open.cache_clear()
    again = open_source(spec(folder, stream=True, samples=20))
    assert len(first.train) == len(first.test()) == 20
    assert set(first.train.labels) == {0, 1, 2}
    assert list(first.train.labels) == list(again.train.labels) != [index % 3 for index in range(20)]
    assert first.train.open(7).tobytes() == again.train.open(7).tobytes()
    assert first.train.stamp == again.train.stamp
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
    assert [fault[: len(said)] for fault in source_faults(spec(folder, **fields))] == [said]


def test_a_set_that_is_not_there_ends_in_a_line(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"data\.set: 'nobody/nothing' is unavailable .*datasets/nobody"):
        Data.model_validate({"name": "huggingface", "set": "nobody/nothing", "root": tmp_path})


def disordered(tmp_path: Path, split: str, names: list[str], count: int = 6) -> Path:
    """A file that numbers cat, dog, owl, dog, ... in an order of its own."""
    folder = tmp_path / "animals"
    folder.mkdir(exist_ok=True)
    rows = {
        "picture": [{"bytes": encoded(image), "path": None} for image in published.pictures(count, 24, len(split))],
        "kind": [names.index(NAMES[index % 3]) for index in range(count)],
    }
    made = datasets.Dataset.from_dict(rows, features=Features({"picture": Image(), "kind": ClassLabel(names=names)}))
    made.to_parquet(folder / f"{split}-00000-of-00001.parquet")
    return folder


@pytest.mark.parametrize("test", [["owl", "cat", "dog"], ["dog", "cat", "owl"], ["owl", "dog", "cat"]])
def test_labels_are_those_of_their_names_whatever_order_a_file_has(tmp_path: Path, spec: Any, test: list[str]) -> None:
    folder = disordered(tmp_path, "train", NAMES)
    request = spec(disordered(tmp_path, "test", test))
    source = open_source(request)
    assert source.classes == tuple(NAMES)
    assert list(source.test().labels) == [0, 1, 2, 0, 1, 2]
    [note] = source.notes
    assert note.startswith(f"test-00000-of-00001.parquet numbers its classes {', '.join(test)} and not cat, dog, owl")
    assert load(request).about["notes"] == [note]
    assert request.reading == "labels=by name"
    as_before = request.model_copy(update={"reading": None})
    assert run_id(Spec(data=request)) != run_id(Spec(data=as_before))
    assert folder == request.path


def test_each_file_of_a_part_may_have_an_order_of_its_own(tmp_path: Path, spec: Any) -> None:
    folder = disordered(tmp_path, "train", ["owl", "cat", "dog"], 9)
    folder.joinpath("train-00000-of-00001.parquet").rename(folder / "train-00001-of-00002.parquet")
    disordered(tmp_path, "train", NAMES, 3)
    folder.joinpath("train-00000-of-00001.parquet").rename(folder / "train-00000-of-00002.parquet")
    source = open_source(spec(disordered(tmp_path, "test", NAMES)))
    assert source.classes == tuple(NAMES)
    assert list(source.train.labels) == [0, 1, 2] * 4


def test_files_in_one_order_keep_their_identity(tmp_path: Path, spec: Any) -> None:
    disordered(tmp_path, "train", NAMES)
    request = spec(disordered(tmp_path, "test", NAMES))
    assert (request.reading, request.depth, open_source(request).notes) == (None, None, ())


@pytest.mark.parametrize(
    ("test", "said"),
    [
        (
            ["cat", "dog", "owl", "elk"],
            "classes in test (test-00000-of-00001.parquet) but not in train: elk; both need",
        ),
        (["cat", "dog", "owl", "Owl"], "'Owl' in test (test-00000-of-00001.parquet) and 'owl' in train differ in case"),
    ],
)
def test_names_that_cannot_be_matched_are_told_in_a_line(tmp_path: Path, spec: Any, test: list[str], said: str) -> None:
    disordered(tmp_path, "train", NAMES)
    [fault] = source_faults(spec(disordered(tmp_path, "test", test)))
    assert fault.startswith(f"data.label_column: {said}")


def test_a_stream_of_files_in_different_orders_is_refused(
    tmp_path: Path, spec: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(datasets.config, "SLEEP_TIME_ON_THREADS_SHUTDOWN", 0)
    disordered(tmp_path, "train", NAMES)
    [fault] = source_faults(spec(disordered(tmp_path, "test", ["owl", "cat", "dog"]), stream=True, samples=6))
    assert "test-00000-of-00001.parquet numbers its classes owl, cat, dog, the training part cat, dog, owl" in fault


def test_what_save_to_disk_wrote_is_read_by_name(tmp_path: Path, spec: Any) -> None:
    parts = {}
    for split, order in (("train", NAMES), ("test", ["owl", "cat", "dog"])):
        folder = disordered(tmp_path, split, order)
        file = str(folder / f"{split}-00000-of-00001.parquet")
        parts[split] = datasets.Dataset.from_parquet(file, cache_dir=str(tmp_path / "cache"))
    datasets.DatasetDict(parts).save_to_disk(tmp_path / "saved")
    source = open_source(spec(tmp_path / "saved"))
    assert source.classes == tuple(NAMES)
    assert list(source.train.labels) == list(source.test().labels) == [0, 1, 2, 0, 1, 2]


def metadata(folder: Path, split: str, labels: list[str]) -> None:
    (folder / split).mkdir(parents=True)
    lines = ["file_name,label"]
    for index, (label, image) in enumerate(zip(labels, published.pictures(len(labels), 20, len(split)), strict=True)):
        Picture.fromarray(image).save(folder / split / f"{index}.png")
        lines.append(f"{index}.png,{label}")
    (folder / split / "metadata.csv").write_text("\n".join(lines) + "\n")


@pytest.mark.parametrize(
    ("test", "said"),
    [
        (["cat", "Dog"], "'Dog' in test and 'dog' in train differ in case alone; spell them alike"),
        (["cat", "dog "], "'dog ' in test and 'dog' in train differ in blanks alone; spell them alike"),
        (["cat", "elk"], "classes in test but not in train: elk; both need the same"),
        (["cat", ""], "1 of 2 rows have no label: test 1"),
    ],
)
def test_labels_as_text_that_differ_between_the_parts(tmp_path: Path, spec: Any, test: list[str], said: str) -> None:
    metadata(tmp_path / "set", "train", ["cat", "dog", "cat", "dog"])
    metadata(tmp_path / "set", "test", test)
    assert source_faults(spec(tmp_path / "set")) == [f"data.label_column: {said}"]


def test_labels_as_text_with_a_blank_within_one_part(tmp_path: Path, spec: Any) -> None:
    metadata(tmp_path / "set", "train", ["cat", "dog", "cat ", "dog"])
    metadata(tmp_path / "set", "test", ["cat", "dog"])
    [fault] = source_faults(spec(tmp_path / "set"))
    assert "train has two classes that look alike: 'cat' and 'cat '" in fault


def test_plain_numbers_may_begin_anywhere(tmp_path: Path, spec: Any) -> None:
    for split in ("train", "test"):
        write(tmp_path / "a", split, 6, Value("int64"), [3, 1, 10, 3, 1, 10])
    source = open_source(spec(tmp_path / "a"))
    assert source.classes == ("1", "3", "10")
    assert list(source.train.labels) == list(source.test().labels) == [1, 0, 2, 1, 0, 2]


def test_numbers_that_the_training_part_has_not(tmp_path: Path, spec: Any) -> None:
    write(tmp_path / "a", "train", 6, Value("int64"), [1, 2, 3, 1, 2, 3])
    write(tmp_path / "a", "test", 6, Value("int64"), [0, 1, 2, 0, 1, 2])
    assert source_faults(spec(tmp_path / "a")) == [
        "data.label_column: classes in test but not in train: 0; both need the same"
    ]


def test_images_whose_class_nothing_says(tmp_path: Path, spec: Any) -> None:
    for split in ("train", "test"):
        (tmp_path / "flat" / split).mkdir(parents=True)
        for index, image in enumerate(published.pictures(4, 20, len(split))):
            Picture.fromarray(image).save(tmp_path / "flat" / split / f"{index}.png")
    [fault] = source_faults(spec(tmp_path / "flat"))
    assert "images lie right below test/ and train/, where nothing says their class" in fault


def test_deep_grey_in_a_table_has_its_scale(tmp_path: Path, spec: Any) -> None:
    deep = [np.full((8, 8), 4000, np.uint16), np.full((8, 8), 100, np.uint16)]
    for split in ("train", "test"):
        rows = {
            "picture": [{"bytes": encoded(deep[index % 2]), "path": None} for index in range(6)],
            "kind": [0, 1] * 3,
        }
        features = Features({"picture": Image(), "kind": ClassLabel(names=["white", "black"])})
        (tmp_path / "deep").mkdir(exist_ok=True)
        datasets.Dataset.from_dict(rows, features=features).to_parquet(tmp_path / "deep" / f"{split}.parquet")
    request = spec(tmp_path / "deep")
    assert request.depth == 12
    assert load(request).load_test().pixels[:2, 0, 0, 0].tolist() == [4000 >> 4, 100 >> 4]
