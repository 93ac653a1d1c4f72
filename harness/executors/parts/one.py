"""One run of a sweep, whatever happens to it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from harness.records.provenance import now
from harness.records.store import write_record
from harness.spec.machine import Machine
from harness.spec.spec import Spec
from harness.training.failure import failure
from harness.training.run import run


def train_one(spec: Spec, machine: Machine, study: Path, executor: str) -> dict[str, Any]:
    """Train, write the record into the study's folder and return it; an exception ends this run alone, as `failed`."""
    started = now()
    try:
        record = run(spec, machine, executor)
    except Exception as error:  # whatever ends one run must not end the sweep
        record = failure(spec, error, started)
    write_record(study, record)
    return record.as_json()
