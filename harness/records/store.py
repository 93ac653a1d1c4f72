"""The folder of a study: `OUT/STUDY/RUN_ID/record.json` and `predictions.npz` beside it."""

from __future__ import annotations

import gc
import json
import math
import os
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO
from zipfile import BadZipFile, is_zipfile

import numpy as np

from harness.records.record import Predictions, Record
from harness.spec.errors import StorageError

RECORD = "record.json"
PREDICTIONS = "predictions.npz"
CHECKPOINT = "checkpoint.pt"
STUDY = "study.json"
TEMPORARY = ".writing-"
"""What a file is called before it is whole; a crash can leave it behind."""

DONE = ("finished", "diverged")


@contextmanager
def written(path: Path, last: bool = True) -> Iterator[BinaryIO]:
    """A stream whose content takes the place of a file when all of it is on the disk; a crash leaves the old one.

    Of several files in a folder the `last` takes the new names of all to the disk: each wait for it costs milliseconds.

    Raises:
        StorageError: it cannot be written; the old one is still there.
    """
    temporary = path.with_name(f"{TEMPORARY}{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
        if last:
            _keep_names(path.parent)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise StorageError(f"{path}: cannot be written: {error.strerror or error}") from error


def require_writable(folder: Path) -> None:
    """See to it that files can be written into a folder, before the work whose outcome they hold; leaves none there.

    Raises:
        StorageError: they cannot.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise StorageError(f"{folder}: cannot be written: {error.strerror or error}") from error


def _keep_names(folder: Path) -> None:
    """A file's new name is on the disk only when its folder is."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_text(path: Path, text: str) -> None:
    """Write a file so that a reader, or a crash, never meets half of it.

    Raises:
        StorageError: it cannot be written; the old one is still there.
    """
    with written(path) as stream:
        stream.write(text.encode())


def rounded(value: Any) -> Any:
    """A value as records keep it: standard JSON has no NaN, so that becomes null; floats keep seven digits."""
    if isinstance(value, float):
        return float(f"{value:.7g}") if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: rounded(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(entry) for entry in value]
    return value


def write_record(study: Path, record: Record) -> Path:
    """Write a record into its folder; the record itself comes last, so that its presence means all is there.

    Raises:
        StorageError: it cannot be written; an old one is still there.
    """
    folder = study / record.run_id
    if record.predictions is not None:
        with written(folder / PREDICTIONS, last=False) as stream:
            np.savez_compressed(stream, **record.predictions.arrays())
    write_text(folder / RECORD, json.dumps({**rounded(record.as_json()), "spec": record.spec}, indent=1))
    return folder


def read_record(study: Path, run_id: str) -> dict[str, Any] | None:
    """The record of a run, or None where there is none that can be read."""
    try:
        record = json.loads((study / run_id / RECORD).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, ValueError):  # ValueError: no JSON, or not even text
        return None
    return record if isinstance(record, dict) else None


def read_predictions(study: Path, run_id: str) -> Predictions | None:
    """The test predictions of a run, or None where it left none that can be read."""
    path = study / run_id / PREDICTIONS
    if not path.is_file():
        return None
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return Predictions(**arrays)
    except (OSError, ValueError, TypeError, KeyError, EOFError, BadZipFile, zlib.error):
        return None


def damage(study: Path, run_id: str) -> str | None:
    """What is wrong with the files of a run that has a record; None where they are whole.

    Of the predictions the directory is read, which lies at their end and tells a file that was cut off.
    """
    folder = study / run_id
    if not (folder / RECORD).is_file():
        return None
    if read_record(study, run_id) is None:
        return f"{folder / RECORD} cannot be read"
    predictions = folder / PREDICTIONS
    if predictions.is_file() and not is_zipfile(predictions):
        return f"{predictions} cannot be read"
    return None


def is_done(study: Path, run_id: str) -> bool:
    """Whether a run has ended with a result: finished or diverged, its files whole. What failed is tried again."""
    record = read_record(study, run_id)
    return record is not None and record.get("status") in DONE and damage(study, run_id) is None


@contextmanager
def uncollected() -> Iterator[None]:
    """Keep the collector off, as a decorator too: it would walk all records again and again, or free what must stay."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
