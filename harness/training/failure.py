"""The record of a run that ended with an exception."""

from __future__ import annotations

import torch

from harness.records.provenance import now, surroundings
from harness.records.record import Record
from harness.spec.identity import cell_id, portable, run_id
from harness.spec.spec import Spec


def failure(spec: Spec, error: BaseException, started: str) -> Record:
    """A failed run's record: its spec and the reason in one line."""
    message = " ".join(str(error).split()) or type(error).__name__
    return Record(
        run_id=run_id(spec),
        cell_id=cell_id(spec),
        spec=portable(spec),
        status="failed",
        reason=f"{type(error).__name__}: {message}",
        provenance={"started": started, "finished": now(), **surroundings()},
    )


def out_of_memory(error: BaseException) -> bool:
    """Whether there was too little memory, of the device or of the machine; torch has no class for the latter."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and "can't allocate memory" in str(error)
