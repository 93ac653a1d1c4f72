"""Activations are not finite, or too large for half precision."""

from __future__ import annotations

import math
from collections.abc import Iterator

from harness.diagnose.audit.case import Case
from harness.diagnose.audit.findings import declares
from harness.diagnose.audit.report import Finding

HALF = 65504.0  # the largest finite number of float16 (IEEE 754)


@declares(
    "warning",
    "error",
    measures="largest output of each leaf module",
    threshold="w 65,504 (the largest float16); e not finite",
)
def exploding_activations(case: Case) -> Iterator[Finding]:
    """The first leaf module whose output is NaN or infinite, or beyond float16."""
    for name, flow in case.watched.flows.items():
        largest = max(abs(flow.outputs[0]), abs(flow.outputs[1]))
        finite = math.isfinite(flow.outputs[0]) and math.isfinite(flow.outputs[1])
        if finite and largest <= HALF:
            continue
        yield Finding(
            id="exploding-activations",
            severity="error" if not finite or largest > HALF**2 else "warning",
            seen=f"{name} ({type(flow.module).__name__}) puts out "
            f"{'values up to ' + format(largest, '.3g') if finite else 'NaN or infinity'} "
            f"for inputs within {_shown(flow.inputs)}.",
            why="Training in half precision overflows here." if finite else "Every loss from here on is NaN.",
            fix=f"look for weights or inputs on a wrong scale before {name}",
            location=name,
        )
        return


def _shown(limits: tuple[float, float] | None) -> str:
    return "unknown bounds" if limits is None else f"{limits[0]:.3g}..{limits[1]:.3g}"
