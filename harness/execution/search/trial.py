"""One trial's run: an ordinary run with an ordinary record, that a pruner may end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from harness.execution.choose import deal
from harness.records.provenance import now
from harness.records.store import is_done, read_record, rounded, write_record
from harness.spec.identity import run_id
from harness.spec.machine import Machine
from harness.spec.spec import Spec
from harness.training.recording import failure
from harness.training.run import run

AS_IN_A_SWEEP = 2
"""Each of several runs has one thread on a CPU, and so the numbers of any sweep."""


class Pruned(Exception):  # noqa: N818  no error: it ends a run on purpose
    """The curve of this run is not promising."""


def train(spec: Spec, machine: Machine, study: Path, told: Callable[[int, dict[str, Any]], None]) -> dict[str, Any]:
    """The record of a run, from the study's folder where it has been made before.

    `told` hears of the end of each epoch (from 1) with that point of the curve, in a run made before too; numbers have
    the digits that records keep, so that it makes no difference.

    Raises:
        Pruned: `told` raised it; there is no record then.
    """
    identity = run_id(spec)
    record = read_record(study, identity) if is_done(study, identity) else None
    if record is not None:
        for point in record["curve"]:
            _tell(told, point)
        return record
    started = now()
    try:
        made = run(spec, deal(machine, AS_IN_A_SWEEP)[1], told=lambda point: _tell(told, point.as_json()))
    except Pruned:
        raise
    except Exception as error:  # whatever ends one run must not end the search
        made = failure(spec, error, started)
    write_record(study, made)
    record = read_record(study, identity)
    assert record is not None
    return record


def _tell(told: Callable[[int, dict[str, Any]], None], point: dict[str, Any]) -> None:
    if point["step"] and float(point["epoch"]).is_integer():
        told(round(point["epoch"]), rounded(point))
