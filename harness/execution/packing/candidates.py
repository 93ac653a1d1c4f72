"""The executors that take some runs only, in the order in which `auto` tries them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from harness.execution.executors import fused, graphed, probe
from harness.spec.machine import GRAPHED, Machine
from harness.spec.spec import Spec


@dataclass(frozen=True)
class Candidate:
    """An executor's name, and why it cannot take a run; None where it can."""

    name: str
    refusal: Callable[[Spec, Machine], str | None]


CANDIDATES = (
    Candidate(probe.KIND.name, probe.refusal),
    Candidate(fused.KIND.name, fused.refusal),
    Candidate(GRAPHED, graphed.refusal),
)
