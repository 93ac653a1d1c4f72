from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.records.archive import PREDICTIONS, read_records, write_archive
from harness.records.record import Predictions, Record
from harness.records.store import RECORD, is_done, read_predictions, read_record, write_record


def made(name: str = "a" * 12, **fields: Any) -> Record:
    defaults: dict[str, Any] = {
        "cell_id": "c" * 12,
        "spec": {"seed": 1, "recipe": {"lr": 0.1234567891234}},
        "status": "finished",
        "data": {"test_hash": "t"},
        "metrics": {"top1": 61.5, "loss": 1.25},
        "predictions": Predictions(
            np.array([0, 1, 2], np.int16), np.array([0, 2, 2], np.int16), np.array([0.1, 2.5, 0.3], np.float32)
        ),
    }
    return Record(run_id=name, **{**defaults, **fields})


def test_what_is_written_is_read(tmp_path: Path) -> None:
    record = made()
    folder = write_record(tmp_path, record)
    assert read_record(tmp_path, record.run_id) == record.as_json()
    read = read_predictions(tmp_path, record.run_id)
    assert read is not None
    assert record.predictions is not None
    for field in ("label", "predicted", "loss"):
        expected = getattr(record.predictions, field)
        assert getattr(read, field).dtype == expected.dtype
        assert (getattr(read, field) == expected).all()
    assert sorted(file.name for file in folder.iterdir()) == ["predictions.npz", "record.json"]


def test_what_is_not_finite_becomes_null_and_the_file_is_standard_json(tmp_path: Path) -> None:
    nan, infinite = float("nan"), float("inf")
    write_record(tmp_path, made(metrics={"loss": nan, "deep": [{"x": infinite}, 1.5]}, status="diverged"))

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    text = (tmp_path / ("a" * 12) / RECORD).read_text(encoding="utf-8")
    assert json.loads(text, parse_constant=refuse)["metrics"] == {"loss": None, "deep": [{"x": None}, 1.5]}


def test_the_spec_keeps_every_digit(tmp_path: Path) -> None:
    write_record(tmp_path, made(metrics={"top1": 0.1234567891234}))
    record = read_record(tmp_path, "a" * 12)
    assert record is not None
    assert record["spec"]["recipe"]["lr"] == 0.1234567891234
    assert record["metrics"]["top1"] == 0.1234568


@pytest.mark.parametrize("content", [b"", b'{"status": "fini', b"\x00\x00\x00\x00", b"\xff\xfe\x80"], ids=repr)
def test_a_record_that_cannot_be_read_is_none(content: bytes, tmp_path: Path) -> None:
    folder = write_record(tmp_path, made())
    (folder / RECORD).write_bytes(content)
    assert read_record(tmp_path, "a" * 12) is None
    assert not is_done(tmp_path, "a" * 12)
    assert read_records(tmp_path) == []


def test_a_crash_while_writing_leaves_the_old_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_record(tmp_path, made(metrics={"top1": 1.0}))

    def crash(descriptor: int) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("harness.records.store.os.fsync", crash)
    with pytest.raises(OSError, match="no space"):
        write_record(tmp_path, made(metrics={"top1": 2.0}))
    record = read_record(tmp_path, "a" * 12)
    assert record is not None
    assert record["metrics"] == {"top1": 1.0}


@pytest.mark.parametrize(("status", "done"), [("finished", True), ("diverged", True), ("failed", False)])
def test_done_is_what_has_a_result(status: Any, done: bool, tmp_path: Path) -> None:
    assert not is_done(tmp_path, "a" * 12)
    write_record(tmp_path, made(status=status))
    assert is_done(tmp_path, "a" * 12) is done


def test_an_archive_gives_back_the_records(tmp_path: Path) -> None:
    study, packed = tmp_path / "study", tmp_path / "packed"
    names = ["b" * 12, "a" * 12, "d" * 12]
    for name in names:
        write_record(study, made(name, predictions=None if name[0] == "d" else made().predictions))
    assert write_archive(study, packed) == 3
    assert read_records(packed) == read_records(study)
    assert [record["run_id"] for record in read_records(packed)] == sorted(names)
    with np.load(packed / PREDICTIONS) as arrays:
        assert sorted(arrays) == ["a" * 12, "b" * 12, "labels-t"]
        assert arrays["a" * 12].tolist() == [0, 2, 2]
        assert arrays["labels-t"].tolist() == [0, 1, 2]


def test_an_archive_can_be_of_some_runs_and_a_folder_has_the_last_word(tmp_path: Path) -> None:
    study, packed = tmp_path / "study", tmp_path / "packed"
    for name in ("a" * 12, "b" * 12):
        write_record(study, made(name))
    assert write_archive(study, packed, frozenset({"a" * 12})) == 1
    write_record(packed, made(metrics={"top1": 99.0}))
    assert [record["metrics"] for record in read_records(packed)] == [{"top1": 99.0}]
