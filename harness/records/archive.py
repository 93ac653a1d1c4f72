"""A study's records in two files, small enough to commit: the records line by line, and all predictions."""

from __future__ import annotations

import json
import lzma
from pathlib import Path
from typing import Any

import numpy as np

from harness.records.store import DONE, RECORD, read_predictions, read_record

RECORDS = "records.jsonl.xz"
PREDICTIONS = "predictions.npz"


def read_records(study: Path) -> list[dict[str, Any]]:
    """Every record of a study, ordered by id, from its run folders and from its archive if it has one."""
    records: dict[str, dict[str, Any]] = {}
    archive = study / RECORDS
    if archive.is_file():
        with lzma.open(archive, "rt", encoding="utf-8") as lines:
            records = {record["run_id"]: record for record in map(json.loads, lines)}
    for file in study.glob(f"*/{RECORD}"):
        record = read_record(study, file.parent.name)
        if record is not None:
            records[record["run_id"]] = record
    return [records[run_id] for run_id in sorted(records)]


def done_ids(study: Path) -> frozenset[str]:
    """The runs that have ended with a result, finished or diverged. What failed is tried again."""
    return frozenset(record["run_id"] for record in read_records(study) if record["status"] in DONE)


def write_archive(study: Path, target: Path, run_ids: frozenset[str] | None = None) -> int:
    """Pack a study's records (or those named) into `target`; returns how many.

    Predictions are packed as one array of class indices a run, under the run's id; the labels, which all runs on
    one test set share, are stored once for each distinct array. What the study's own archive holds stays in it.
    """
    target.mkdir(parents=True, exist_ok=True)
    records = [record for record in read_records(study) if run_ids is None or record["run_id"] in run_ids]
    with lzma.open(target / RECORDS, "wt", encoding="utf-8", preset=9) as lines:
        for record in records:
            lines.write(json.dumps(record, separators=(",", ":"), sort_keys=True) + "\n")
    packed = _packed(study)
    arrays: dict[str, Any] = {}
    for record in records:
        labels = f"labels-{record['data'].get('test_hash')}"
        predictions = read_predictions(study, record["run_id"])
        if predictions is not None:
            arrays[record["run_id"]] = predictions.predicted.astype(np.int16)
            arrays.setdefault(labels, predictions.label.astype(np.int16))
        elif record["run_id"] in packed:
            arrays[record["run_id"]] = packed[record["run_id"]]
            arrays.setdefault(labels, packed[labels])
    np.savez_compressed(target / PREDICTIONS, **arrays)
    return len(records)


def _packed(study: Path) -> dict[str, Any]:
    """The arrays of a study's own archive; none where it has none."""
    if not (study / PREDICTIONS).is_file():
        return {}
    with np.load(study / PREDICTIONS) as arrays:
        return dict(arrays)
