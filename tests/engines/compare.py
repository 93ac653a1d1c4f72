"""What two sweeps over one study left, number for number."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from harness.records.archive import read_records
from harness.records.store import read_predictions

LEFT_OUT = {
    "timing": "seconds",
    "provenance.started": "when",
    "provenance.finished": "when",
    "provenance.executor": "by what: the engines differ in it",
    "provenance.resumed": "the steps at which a run that was cut off went on",
    "provenance.earlier_attempts": "how earlier workers ended",
}
"""All else in a record is compared, and every array of its predictions."""


def numbers(study: Path) -> dict[str, dict[str, Any]]:
    """By run id, every field of its record that is compared, by its path."""
    return {
        record["run_id"]: {path: value for path, value in _fields(record).items() if path not in LEFT_OUT}
        for record in read_records(study)
    }


def differences(here: Path, there: Path) -> dict[str, list[str]]:
    """By run id, in what the records and predictions of two studies differ; nothing for those that are equal."""
    found: dict[str, list[str]] = {}
    ours, theirs = numbers(here), numbers(there)
    for run in sorted(ours.keys() | theirs.keys()):
        mine, other = ours.get(run, {}), theirs.get(run, {})
        paths = [path for path in sorted(mine.keys() | other.keys()) if mine.get(path) != other.get(path)]
        if not _equal_predictions(here, there, run):
            paths.append("predictions")
        if paths:
            found[run] = paths
    return found


def _fields(record: dict[str, Any]) -> dict[str, Any]:
    """The fields of a record; those of its provenance one by one, as only some are facts of the machine's."""
    inner = {f"provenance.{name}": value for name, value in record["provenance"].items()}
    return {**{name: value for name, value in record.items() if name != "provenance"}, **inner}


def _equal_predictions(here: Path, there: Path, run: str) -> bool:
    mine, other = read_predictions(here, run), read_predictions(there, run)
    if mine is None or other is None:
        return False
    ours, theirs = mine.arrays(), other.arrays()
    return ours.keys() == theirs.keys() and all(np.array_equal(ours[name], theirs[name]) for name in ours)
