"""A study's records in two files, small enough to commit: the records line by line, and all predictions."""

from __future__ import annotations

import json
import lzma
from pathlib import Path
from typing import Any

import numpy as np

from harness.records.store import RECORD, read_predictions, read_record

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


def write_archive(study: Path, target: Path, run_ids: frozenset[str] | None = None) -> int:
    """Pack a study's records (or those named) into `target`; returns how many.

    Predictions are packed as one array of class indices a run, under the run's id; the labels, which all runs on
    one test set share, are stored once for each distinct array.
    """
    target.mkdir(parents=True, exist_ok=True)
    records = [record for record in read_records(study) if run_ids is None or record["run_id"] in run_ids]
    with lzma.open(target / RECORDS, "wt", encoding="utf-8", preset=9) as lines:
        for record in records:
            lines.write(json.dumps(record, separators=(",", ":"), sort_keys=True) + "\n")
    arrays: dict[str, Any] = {}
    for record in records:
        predictions = read_predictions(study, record["run_id"])
        if predictions is not None:
            arrays[record["run_id"]] = predictions.predicted.astype(np.int16)
            arrays.setdefault(f"labels-{record['data']['test_hash']}", predictions.label.astype(np.int16))
    np.savez_compressed(target / PREDICTIONS, **arrays)
    return len(records)
