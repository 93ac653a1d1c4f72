"""The folder of a study: `OUT/STUDY/RUN_ID/record.json` and `predictions.npz` beside it."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any

import numpy as np

from harness.records.predictions import Predictions
from harness.records.record import Record

RECORD = "record.json"
PREDICTIONS = "predictions.npz"
STUDY = "study.json"
DONE = ("finished", "diverged")


def write_text(path: Path, text: str) -> None:
    """Write a file so that a reader, or a crash, never meets half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with temporary.open("w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(path)


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
    """Write a record into its folder; the record itself comes last, so that its presence means all is there."""
    folder = study / record.run_id
    folder.mkdir(parents=True, exist_ok=True)
    if record.predictions is not None:
        temporary = folder / f".{os.getpid()}.{PREDICTIONS}"
        with temporary.open("wb") as stream:
            np.savez_compressed(stream, **record.predictions.arrays())
        temporary.replace(folder / PREDICTIONS)
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
    """The test predictions of a run, or None where it left none."""
    path = study / run_id / PREDICTIONS
    if not path.is_file():
        return None
    with np.load(path, allow_pickle=False) as arrays:
        return Predictions(**arrays)


def is_done(study: Path, run_id: str) -> bool:
    """Whether a run has ended with a result: finished or diverged. What failed is tried again."""
    record = read_record(study, run_id)
    return record is not None and record.get("status") in DONE
