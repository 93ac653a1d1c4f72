"""A study's records in two files, small enough to commit: the records line by line, and all predictions."""

from __future__ import annotations

import io
import json
import lzma
import zipfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import orjson

from harness.records.record import Predictions
from harness.records.store import DONE, RECORD, damage, read_predictions, read_record, uncollected, written

RECORDS = "records.jsonl.xz"
PREDICTIONS = "predictions.npz"
MOST_VALUES = 2_000
"""Log-probabilities are packed where a run has so many at most: a small test part of few classes, as in medicine."""

_MAGIC = b"\x93NUMPY\x01\x00"
_HEADER = len(_MAGIC) + 2
"""Bytes before the header of an array in numpy's format 1.0, the last two its length (numpy.lib.format)."""

_TOGETHER = 500
"""Records decoded in one go share the names of their fields, which saves a third of their memory."""


def read_records(study: Path) -> list[dict[str, Any]]:
    """Every record of a study, ordered by id, from its run folders and from its archive if it has one."""
    records: dict[str, dict[str, Any]] = {}
    archive = study / RECORDS
    if archive.is_file():
        with lzma.open(archive, "rb") as lines, uncollected():
            while chunk := list(islice(lines, _TOGETHER)):
                records |= {record["run_id"]: record for record in orjson.loads(b"[%b]" % b",".join(chunk))}
    for file in study.glob(f"*/{RECORD}"):
        record = read_record(study, file.parent.name)
        if record is not None:
            records[record["run_id"]] = record
    return [records[run_id] for run_id in sorted(records)]


def done_ids(study: Path) -> frozenset[str]:
    """The runs that have ended with a result, finished or diverged. What failed is tried again."""
    done = (record["run_id"] for record in read_records(study) if record["status"] in DONE)
    return frozenset(run for run in done if damage(study, run) is None)


WHOLE = ("run_id", "cell_id", "spec", "status", "reason", "data")
ONE_RUN = ("started", "finished")
"""Provenance that no two runs share: in a thin archive it would be a good part of the size."""


def thinned(record: dict[str, Any], metrics: frozenset[str]) -> dict[str, Any]:
    """Of a record what a comparison reads: spec, status, data, these metrics, provenance, and seconds in all.

    Left out are initial diagnostics, curve, statistics and monitors; `thin` says so.
    """
    provenance = {name: value for name, value in record["provenance"].items() if name not in ONE_RUN}
    seconds = record["timing"].get("total_s")
    return {
        **{name: record[name] for name in WHOLE},
        "metrics": {name: value for name, value in record["metrics"].items() if name in metrics},
        "timing": {} if seconds is None else {"total_s": round(seconds, 1)},
        "provenance": provenance,
        "thin": True,
    }


def write_archive(
    study: Path, target: Path, run_ids: frozenset[str] | None = None, metrics: frozenset[str] | None = None
) -> int:
    """Pack a study's records (or those named) into `target`; returns how many.

    Predictions are packed as one array of class indices a run, under the run's id, and log-probabilities where they are
    few; labels and groups, which all runs on one test set share, are stored once for each test set. What the study's
    own archive holds stays in it. With `metrics` the archive is thin: records as in `thinned`, ordered by configuration
    and seed so that neighbours are alike, and no predictions.
    """
    target.mkdir(parents=True, exist_ok=True)
    records = [record for record in read_records(study) if run_ids is None or record["run_id"] in run_ids]
    if metrics is not None:
        records = [thinned(record, metrics) for record in records]
        records.sort(key=lambda record: (record["cell_id"], record["spec"]["seed"]))
    with written(target / RECORDS) as stream, lzma.open(stream, "wb", preset=9) as lines:
        for record in records:
            lines.write((json.dumps(record, separators=(",", ":"), sort_keys=True) + "\n").encode())
    if metrics is not None:
        (target / PREDICTIONS).unlink(missing_ok=True)
        return len(records)
    arrays: dict[str, npt.NDArray[Any]] = {}
    for record, predictions in predicted(study, records):
        names = _names(record)
        arrays[names["predicted"]] = predictions.predicted.astype(np.int16)
        arrays.setdefault(names["label"], predictions.label.astype(np.int16))
        if predictions.group is not None:
            arrays.setdefault(names["group"], predictions.group)
        for field in ("log_probability", "operating"):
            values = getattr(predictions, field)
            if values is not None and values.size <= MOST_VALUES:
                arrays[names[field]] = values
    with written(target / PREDICTIONS) as stream:
        np.savez_compressed(stream, **arrays)  # type: ignore[arg-type]
    return len(records)


def predicted(study: Path, records: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], Predictions]]:
    """Each record that has predictions with them, from its run folder or else from the study's archive."""
    packed = _packed(study)
    by_themselves = {path.parent.name for path in study.glob(f"*/{PREDICTIONS}")}
    for record in records:
        own = record["run_id"] in by_themselves
        predictions = read_predictions(study, record["run_id"]) if own else None
        names = _names(record)
        if predictions is None and names["predicted"] in packed:
            predictions = Predictions(**{field: packed[name] for field, name in names.items() if name in packed})
        if predictions is not None:
            yield record, predictions


def _names(record: dict[str, Any]) -> dict[str, str]:
    """The archive's array for each field of a run's predictions."""
    run_id, test = record["run_id"], record["data"].get("test_hash")
    return {
        "predicted": run_id,
        "label": f"labels-{test}",
        "group": f"groups-{test}",
        "log_probability": f"log_probability-{run_id}",
        "operating": f"operating-{run_id}",
    }


def _packed(study: Path) -> dict[str, npt.NDArray[Any]]:
    """The arrays of a study's own archive; none where it has none.

    numpy parses every array's header, which takes longer than all else where there are thousands; those of one length
    and type share theirs, so that each kind is parsed once.
    """
    path = study / PREDICTIONS
    if not path.is_file():
        return {}
    kinds: dict[bytes, npt.NDArray[Any]] = {}
    arrays = {}
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            content = archive.read(entry)
            start = _HEADER + int.from_bytes(content[_HEADER - 2 : _HEADER], "little")
            kind = content[:start] if content.startswith(_MAGIC) else content
            if kind not in kinds:
                kinds[kind] = np.load(io.BytesIO(content), allow_pickle=False)
            values = like = kinds[kind]
            if kind is not content:
                order: Literal["C", "F"] = "C" if like.flags.c_contiguous else "F"
                values = np.frombuffer(content, like.dtype, offset=start).reshape(like.shape, order=order)
            arrays[entry.filename.removesuffix(".npy")] = values
    return arrays
