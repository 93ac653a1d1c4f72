"""Images with several labels, in the forms that they come in, and what such a set may not hold."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from harness.data.describe import describe
from harness.data.load import load
from harness.data.open import source_faults
from harness.data.split import split
from harness.spec.identity import run_id
from harness.spec.spec import Data, Spec
from tests import multilabel

from . import published


def table(path: Path, **fields: object) -> Data:
    return Data.model_validate({"name": "table", "path": path, "size": 32, **fields})


def medmnist(path: Path, **fields: object) -> Data:
    return Data.model_validate({"name": "medmnist", "path": path, "size": 28, **fields})


def test_a_table_gives_each_image_its_labels_and_its_patient(tmp_path: Path) -> None:
    spec = table(multilabel.table(tmp_path / "digits"))
    dataset = load(spec)
    assert spec.targets == "labels"
    assert dataset.classes == multilabel.LABELS
    assert dataset.multilabel
    test = dataset.load_test()
    assert len(dataset.train) + len(test) == 120
    assert not set(dataset.train.groups or ()) & set(test.groups or ())
    truth = multilabel.drawn(120)[1]
    for images in (dataset.train, test):
        assert images.names is not None
        numbers = [int(name.removesuffix(".png")) for name in images.names]
        assert (images.labels.numpy() == truth[numbers]).all()


def test_the_parts_that_a_table_names_are_the_parts(tmp_path: Path) -> None:
    dataset = load(table(multilabel.table(tmp_path / "digits", split=True)))
    train, val = split(dataset.train, 0.2, 0)
    assert (len(train), len(val), len(dataset.load_test())) == (90, 15, 15)
    assert dataset.about["parts"] == {"train": "split=train", "val": "split=val", "test": "split=test"}
    told = describe(dataset, train, val, dataset.load_test())
    assert told["targets"] == "labels"
    assert told["class_counts"] == dataset.train.labels[train].sum(0).tolist()
    assert told["test_groups_in_train"] == 0


def test_one_column_is_one_class_an_image_by_its_values(tmp_path: Path) -> None:
    folder = multilabel.table(tmp_path / "digits")
    spec = table(folder, label_column="even")
    assert spec.targets is None
    assert load(spec).classes == ("0", "1")
    chosen = table(folder, label_column="loop+even")
    assert load(chosen).classes == ("loop", "even")
    assert run_id(Spec(data=chosen)) != run_id(Spec(data=table(folder)))


def test_chestmnists_form_is_read_and_its_labels_are_numbered(tmp_path: Path) -> None:
    spec = medmnist(multilabel.chestmnist(tmp_path / "findings.npz"))
    dataset = load(spec)
    assert spec.targets == "labels"
    assert dataset.classes == tuple(map(str, range(14)))
    assert dataset.train.labels.shape == (60, 14)
    assert load(medmnist(spec.path, train_split="train+val")).train.labels.shape == (90, 14)  # type: ignore[arg-type]
    assert load(medmnist(spec.path, classes=3)).train.labels.shape == (60, 3)  # type: ignore[arg-type]
    few = load(medmnist(spec.path, samples=30)).train  # type: ignore[arg-type]
    fewer = load(medmnist(spec.path, samples=20)).train  # type: ignore[arg-type]
    assert set(fewer.digests) < set(few.digests)


def test_ordinal_grades_of_one_column_are_classes(tmp_path: Path) -> None:
    """RetinaMNIST's [N, 1] of five grades."""
    grades = {
        f"{part}_labels": (np.arange(count) % 5)[:, None] for part, count in (("train", 12), ("val", 6), ("test", 6))
    }
    spec = medmnist(published.medmnist(tmp_path / "retinaish.npz", **grades))
    assert spec.targets is None
    assert load(spec).classes == ("0", "1", "2", "3", "4")
    assert source_faults(spec) == []


def test_a_split_has_every_label_with_and_without_on_both_sides_and_no_patient_twice(tmp_path: Path) -> None:
    train = load(table(multilabel.table(tmp_path / "digits"))).train
    labels = train.labels.numpy()
    assert train.groups is not None
    for seed in range(5):
        learnt, val = (part.numpy() for part in split(train, 0.25, seed))
        assert not {train.groups[index] for index in learnt} & {train.groups[index] for index in val}
        assert np.abs(labels[val].mean(0) - labels.mean(0)).max() < 0.1
        again = split(train, 0.25, seed)
        assert (again[0].numpy() == learnt).all()
    assert any((split(train, 0.25, 0)[1].numpy() != split(train, 0.25, seed)[1].numpy()).any() for seed in (1, 2))


def test_without_patients_a_split_is_as_even(tmp_path: Path) -> None:
    train = load(medmnist(multilabel.chestmnist(tmp_path / "findings.npz", columns=5, count=400))).train
    labels = train.labels.numpy()
    _, val = split(train, 0.25, 0)
    assert len(val) == 100
    assert np.abs(labels[val.numpy()].mean(0) - labels.mean(0)).max() < 0.05


Change = Callable[[list[str]], list[str]]


def _cell(row: int, column: int, value: str) -> Change:
    def change(lines: list[str]) -> list[str]:
        cells = lines[row].split(",")
        cells[column] = value
        return [*lines[:row], ",".join(cells), *lines[row + 1 :]]

    return change


def _column(column: int, value: str) -> Change:
    return lambda lines: [lines[0], *(_cell(0, column, value)([line])[0] for line in lines[1:])]


WRONG: dict[str, tuple[Change, str]] = {
    "an image that is not there": (
        _cell(3, 0, "lost.png"),
        "data.path: 1 of 120 rows of labels.csv name no image below",
    ),
    "a path out of the folder": (
        _cell(3, 0, "../000.png"),
        "data.path: 1 of 120 rows of labels.csv name no image below",
    ),
    "an image twice": (_cell(3, 0, "000.png"), "data.path: 1 images have several rows in labels.csv: 000.png"),
    "a value that is neither": (
        _cell(5, 2, "-1"),
        "data.path: column 'prime' of labels.csv has 1 values other than 0 and 1, the first '-1' at 004.png",
    ),
    "a missing value": (_cell(5, 1, ""), "data.path: column 'even' of labels.csv has 1 values other than 0 and 1"),
    "a value that is no number": (
        _cell(5, 3, "nan"),
        "data.path: column 'loop' of labels.csv has 1 values other than 0 and 1, the first 'nan' at 004.png",
    ),
    "a row twice, with other labels": (
        lambda lines: [*lines, _cell(0, 1, "7")([lines[1]])[0]],
        "data.path: 1 images have several rows in labels.csv: 000.png",
    ),
    "a label that none has": (_column(3, "0"), "data: no image of the training part has the label loop"),
    "a label that every image has": (_column(3, "1"), "data: every image of the training part has the label loop"),
    "no column file": (_cell(0, 0, "image"), "data.path: labels.csv has no column 'file', which names each image"),
    "two columns of one name": (_cell(0, 2, "even"), "data.path: labels.csv has several columns called 'even'"),
    "a row too short": (
        lambda lines: [*lines[:4], lines[4].rpartition(",")[0], *lines[5:]],
        "data.path: labels.csv has 5 columns, and 1 rows of another length",
    ),
    "an image without a patient": (_cell(7, 4, ""), "data.path: 1 of 120 rows of labels.csv have no patient"),
    "patients and groups": (_cell(0, 3, "group"), "data.groups: labels.csv has a column patient and group"),
    "a part of another name": (
        lambda lines: [f"{line},{'split' if not at else 'dev'}" for at, line in enumerate(lines)],
        "data.path: column 'split' of labels.csv has 120 values other than train, val and test, such as 'dev'",
    ),
    "nothing to learn from": (
        lambda lines: [f"{line},{'split' if not at else 'test'}" for at, line in enumerate(lines)],
        "data.path: no row of labels.csv has split=train",
    ),
    "no rows": (lambda lines: lines[:1], "data.path: labels.csv has no rows"),
    "no labels": (
        lambda lines: [",".join((line.split(",")[0], line.split(",")[4])) for line in lines],
        "data.path: labels.csv has no column of labels beside file, patient",
    ),
    "other bytes": (lambda lines: [*lines, "\udcff"], "data.path: labels.csv cannot be read as CSV in UTF-8"),
}


@pytest.mark.parametrize("fault", WRONG)
def test_what_a_table_may_not_hold_is_one_line(tmp_path: Path, fault: str) -> None:
    change, said = WRONG[fault]
    file = multilabel.table(tmp_path / "digits") / "labels.csv"
    lines = change(file.read_text(encoding="utf-8").splitlines())
    file.write_text("\n".join(lines), encoding="utf-8", errors="surrogateescape")
    [found] = source_faults(table(tmp_path / "digits"))
    assert found.startswith(said)


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("p8", "1 of 39 groups (patients) have images in the training and in the test"),
        ("p4", "1 of 34 groups (patients) have images in the training and in the validation"),
    ],
)
def test_a_patient_in_two_parts_is_refused_unless_allowed(tmp_path: Path, number: str, said: str) -> None:
    folder = multilabel.table(tmp_path / "digits", split=True)
    file = folder / "labels.csv"
    file.write_text(file.read_text(encoding="utf-8").replace(f",{number},", ",p3,"), encoding="utf-8")
    [fault] = source_faults(table(folder))
    assert fault.startswith(f"data: {said} part, such as 009.png and ")
    assert fault.endswith("data.shared_groups=allow")
    assert source_faults(table(folder, shared_groups="allow")) == []


def test_a_patient_in_both_parts_is_counted_in_the_record(tmp_path: Path) -> None:
    folder = multilabel.table(tmp_path / "digits", split=True)
    file = folder / "labels.csv"
    file.write_text(file.read_text(encoding="utf-8").replace(",p8,", ",p3,"), encoding="utf-8")
    dataset = load(table(folder, shared_groups="allow"))
    train, test = dataset.train, dataset.load_test()
    assert train.groups is not None
    assert test.groups is not None
    both = set(train.groups) & set(test.groups)
    learnt, held = (np.flatnonzero([mine == part for mine in train.validation or ()]) for part in (False, True))
    told = describe(dataset, torch.from_numpy(learnt), torch.from_numpy(held), test)
    assert told["test_groups_in_train"] == len(both) > 0


def test_images_without_a_row_are_left_out_and_told(tmp_path: Path) -> None:
    folder = multilabel.table(tmp_path / "digits")
    lines = (folder / "labels.csv").read_text(encoding="utf-8").splitlines()
    (folder / "labels.csv").write_text("\n".join(lines[:-2]), encoding="utf-8")
    dataset = load(table(folder))
    assert len(dataset.train) + len(dataset.load_test()) == 118
    assert "2 of 120 images have no row in labels.csv and are left out: 118.png, 119.png" in dataset.about["notes"]


def test_a_folder_without_a_table_or_with_two_is_told(tmp_path: Path) -> None:
    folder = multilabel.table(tmp_path / "digits")
    (folder / "labels.csv").rename(folder / "first.csv")
    (folder / "second.csv").write_text("file,a\n", encoding="utf-8")
    [found] = source_faults(table(folder))
    assert found.endswith("first.csv, second.csv; call one labels.csv")
    (folder / "first.csv").unlink()
    (folder / "second.csv").unlink()
    assert source_faults(table(folder))[0].endswith("none lies there")
    [found] = source_faults(table(folder / "000.png"))
    assert found == "data.path: 000.png is a file; data=table needs the folder that holds it"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (
            {"train_labels": np.full((12, 3), 2)},
            "data.path: an image of x.npz has 3 labels, which must be 0 or 1; 36 are",
        ),
        (
            {"train_labels": np.zeros((12, 3), int)},
            "data.path: x.npz has images with different numbers of labels: 3 of",
        ),
        ({"train_labels": np.zeros((12, 3, 1), int)}, "data.path: the labels of x.npz have the shape (12, 3, 1)"),
    ],
)
def test_what_labels_of_a_medmnist_file_may_not_be(tmp_path: Path, changed: dict[str, np.ndarray], said: str) -> None:
    [found] = source_faults(medmnist(published.medmnist(tmp_path / "x.npz", **changed)))
    assert found.startswith(said)


def test_what_files_hold_is_part_of_the_id_and_single_labels_keep_theirs(tmp_path: Path) -> None:
    one = medmnist(published.medmnist(tmp_path / "x.npz"))
    assert "targets" not in one.model_dump(exclude_defaults=True)
    folder = multilabel.table(tmp_path / "digits")
    before = run_id(Spec(data=table(folder)))
    moved = multilabel.table(tmp_path / "elsewhere" / "digits")
    assert run_id(Spec(data=table(moved))) == before
    text = (moved / "labels.csv").read_text(encoding="utf-8").replace("000.png,1", "000.png,0")
    changed = multilabel.table(tmp_path / "changed" / "digits")
    (changed / "labels.csv").write_text(text, encoding="utf-8")
    assert run_id(Spec(data=table(changed))) != before
