"""One run after the other, in this process, with everything loaded once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from harness.execution.in_turn import SEQUENTIAL, in_turn
from harness.spec.machine import Machine
from harness.spec.spec import Spec


def sequential(specs: Sequence[Spec], machine: Machine, study: Path) -> Iterator[dict[str, Any]]:
    """Yield each record as its run ends, as `in_turn` does."""
    yield from in_turn(specs, machine, study, SEQUENTIAL)
