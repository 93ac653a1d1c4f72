"""A layer puts out one and the same value, whatever comes in."""

from __future__ import annotations

import math
from collections.abc import Iterator

from torch import nn

from harness.diagnose.audit._passes import Flow
from harness.diagnose.audit.case import Case
from harness.diagnose.audit.findings import declares
from harness.diagnose.audit.report import Finding

ROUNDING = 1e-6  # a sigmoid of so small an input is 0.5 in float32
PASSING = (nn.Identity, nn.Dropout, nn.Flatten)


@declares(
    "error",
    measures="leaf modules with a varying input and one constant output",
    threshold="exact",
)
def dead_activations(case: Case) -> Iterator[Finding]:
    """Leaf modules whose input varies over the batch and whose output is one constant in eval mode.

    Layers whose own weight or gain is zero are left out: a zero head, a zero-initialised branch (or a dead tensor,
    which has a finding of its own).
    """
    for name, flow in case.watched.flows.items():
        if name in case.known_heads or isinstance(flow.module, PASSING) or not _dies(flow):
            continue
        yield Finding(
            id="dead-activations",
            severity="error",
            seen=f"{name} ({type(flow.module).__name__}) puts out {flow.outputs[0]:.3g} everywhere, for inputs within "
            f"{flow.inputs[0]:.3g}..{flow.inputs[1]:.3g}." if flow.inputs else name,
            why="Nothing passes it, forwards or backwards: all that hangs on this path alone cannot learn.",
            fix=f"look at what comes before: a bias far below zero, or inputs on a wrong scale, at {name}",
            location=name,
        )  # fmt: skip


def _dies(flow: Flow) -> bool:
    if flow.inputs is None or flow.outputs[0] != flow.outputs[1]:
        return False
    low, high = flow.inputs
    if high - low <= ROUNDING * max(1.0, abs(low), abs(high)):
        return False
    if isinstance(flow.module, nn.LayerNorm) and math.prod(flow.module.normalized_shape) == 1:
        return False  # one number minus its own mean: the architecture's doing
    scales = [each for name, each in flow.module.named_parameters(recurse=False) if name != "bias"]
    return all(bool((each != 0).any()) for each in scales)
