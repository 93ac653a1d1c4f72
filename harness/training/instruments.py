"""The probes of a run, and where in its record each one's readings go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from harness.data.measure import scores_of
from harness.spec.machine import PROBES
from harness.spec.variants import load_variant
from harness.training.evaluate import Answers
from harness.training.monitors import Monitor, Watched

CURVE, STATISTICS = "gradients", "weights"


class Instruments:
    """The probes named, started before step 0."""

    def __init__(self, names: Sequence[str], watched: Watched) -> None:
        self._probes: dict[str, Monitor] = {name: load_variant(PROBES, name)(watched) for name in names}
        self._points: dict[str, list[dict[str, Any]]] = {}
        for probe in self._probes.values():
            probe.start()

    def point(self, step: int, validated: Answers) -> tuple[float | None, float | None]:
        """Read every probe after `step` steps; returns the gradient norms of head and backbone for the curve."""
        if not self._probes:
            return None, None
        scores = scores_of(validated.logits, validated.labels)
        read = {name: probe.point(scores) for name, probe in self._probes.items()}
        norms = read.pop(CURVE, {})
        for name, reading in read.items():
            if reading:
                self._points.setdefault(name, []).append({"step": step, **reading})
        return norms.get("grad_norm_head"), norms.get("grad_norm_backbone")

    def state_dict(self) -> dict[str, Any]:
        """The readings so far; what probes hold of the start they find again when the model is built again."""
        return self._points

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from earlier readings."""
        self._points = state

    def finish(self) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        """The record's `statistics` and `probes`."""
        found: dict[str, Any] = dict(self._points)
        found |= {name: told for name, probe in self._probes.items() if (told := probe.finish()) is not None}
        return found.pop(STATISTICS, []), found
