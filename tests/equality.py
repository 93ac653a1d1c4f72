"""What two studies, or two executions of a run, left of the same runs: number for number."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from harness.records.archive import read_records
from harness.records.record import Predictions, Record
from harness.records.store import read_predictions

OF_ITS_OWN = {
    "timing": "seconds",
    "provenance.started": "when",
    "provenance.finished": "when",
    "provenance.usage": "what else the machine did meanwhile",
    "provenance.executor": "by what: the engines differ in it",
    "provenance.resumed": "the steps at which a run that was cut off went on",
    "provenance.earlier_attempts": "how earlier workers ended",
}
"""What belongs to one execution alone. All else in a record is compared, whatever fields it has, and every array of its
predictions: a field that is added to records and differs between executions fails the tests until it is named here."""

SHOWN = 5
"""Differences told of one run."""


def differences(here: Path, there: Path, besides: Collection[str] = ()) -> dict[str, list[str]]:
    """By run id, in what the records and predictions of two studies differ; nothing for those that are equal.

    `besides` names further fields that are not compared, such as `provenance` where the two are computed in different
    ways on purpose.
    """
    ours, theirs = ({record["run_id"]: record for record in read_records(study)} for study in (here, there))
    found: dict[str, list[str]] = {}
    for run in sorted(ours.keys() | theirs.keys()):
        sides = ours.get(run), theirs.get(run)
        if None in sides:
            found[run] = [f"no record in {here if sides[0] is None else there}"]
            continue
        predictions = read_predictions(here, run), read_predictions(there, run)
        told = [
            *_unequal(*(compared(side, besides) for side in sides if side is not None)),
            *_unequal_arrays(*predictions),
        ]
        if predictions == (None, None) and ours[run]["status"] == "finished":
            told.append("predictions: on neither side")
        if told:
            found[run] = _short(told)
    return found


def of_records(first: Record, second: Record, besides: Collection[str] = ()) -> list[str]:
    """The same of two records that have not been written."""
    fields = (compared(record.as_json(), besides) for record in (first, second))
    return _short([*_unequal(*fields), *_unequal_arrays(first.predictions, second.predictions)])


def compared(record: Mapping[str, Any], besides: Collection[str] = ()) -> dict[str, Any]:
    """The fields of a record that are compared; those of its provenance one by one."""
    inner = {f"provenance.{name}": value for name, value in record["provenance"].items()}
    fields = {**{name: value for name, value in record.items() if name != "provenance"}, **inner}
    out = {*OF_ITS_OWN, *besides}
    return {name: value for name, value in fields.items() if name not in out and name.partition(".")[0] not in out}


def _short(told: list[str]) -> list[str]:
    return told if len(told) <= SHOWN else [*told[:SHOWN], f"and {len(told) - SHOWN} more"]


def _unequal(mine: Any, other: Any, path: str = "") -> Iterator[str]:
    """The innermost values that differ, each with where it stands."""
    if isinstance(mine, Mapping) and isinstance(other, Mapping):
        for name in [*mine, *(name for name in other if name not in mine)]:
            inner = f"{path}.{name}" if path else str(name)
            if name in mine and name in other:
                yield from _unequal(mine[name], other[name], inner)
            else:
                yield f"{inner}: only in the {'first' if name in mine else 'second'}"
    elif isinstance(mine, list | tuple) and isinstance(other, list | tuple) and len(mine) == len(other):
        for place, pair in enumerate(zip(mine, other, strict=True)):
            yield from _unequal(*pair, f"{path}[{place}]")
    elif mine != other and not _both_nan(mine, other):
        yield f"{path}: {_brief(mine)} against {_brief(other)}"


def _both_nan(mine: Any, other: Any) -> bool:
    return all(isinstance(value, float) and math.isnan(value) for value in (mine, other))


def _brief(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _unequal_arrays(mine: Predictions | None, other: Predictions | None) -> Iterator[str]:
    if mine is None or other is None:
        if mine is not other:
            yield f"predictions: only in the {'second' if mine is None else 'first'}"
        return
    ours, theirs = mine.arrays(), other.arrays()
    for name in sorted(ours.keys() | theirs.keys()):
        if name not in ours or name not in theirs:
            yield f"predictions.{name}: only in the {'first' if name in ours else 'second'}"
        elif not _same_array(ours[name], theirs[name]):
            yield f"predictions.{name}: {_unequal_count(ours[name], theirs[name])}"


def _same_array(mine: Any, other: Any) -> bool:
    return bool(mine.dtype == other.dtype) and np.array_equal(mine, other, equal_nan=mine.dtype.kind == "f")


def _unequal_count(mine: Any, other: Any) -> str:
    if mine.shape != other.shape or mine.dtype != other.dtype:
        return f"{mine.dtype} {list(mine.shape)} against {other.dtype} {list(other.shape)}"
    return f"{int((mine != other).sum())} of {mine.size} values differ"
