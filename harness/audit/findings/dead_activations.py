"""A layer puts out one and the same value, whatever comes in."""

from __future__ import annotations

from collections.abc import Iterator

from torch import nn

from harness.audit.case import Case
from harness.audit.parts.answers import Flow
from harness.audit.report import Finding

PASSING = (nn.Identity, nn.Dropout, nn.Flatten)


def dead_activations(case: Case) -> Iterator[Finding]:
    """Leaf modules whose input varies over the batch and whose output is one constant in eval mode.

    Layers whose own weight is zero are left out: a zero head, a zero-initialised branch (or a dead tensor, which has a
    finding of its own).
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
    if flow.inputs is None or flow.inputs[0] == flow.inputs[1] or flow.outputs[0] != flow.outputs[1]:
        return False
    weight = getattr(flow.module, "weight", None)
    return weight is None or bool((weight != 0).any())
