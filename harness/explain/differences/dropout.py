"""Drop-out rates in force."""

from __future__ import annotations

from torch import nn

from harness.explain.difference import Difference
from harness.explain.differences.parts.modules import is_dropout
from harness.explain.subject import Subject
from harness.probes.parts.rates import rates


def dropout(first: Subject, second: Subject) -> Difference | None:
    """The first model with the second one's rates, module by module of the same name and by the model's own rate."""
    ours, theirs = rates(first.model), rates(second.model)
    if ours == theirs:
        return None
    hybrid = first.twin()
    others = dict(second.model.named_modules())
    for name, module in hybrid.model.named_modules():
        if is_dropout(module):
            _set(module, _rate(others.get(name)))
    if hasattr(hybrid.model, "drop_rate"):
        hybrid.model.drop_rate = theirs["drop_rate"]  # type: ignore[assignment]
    changed = [name for name in ours if ours[name] != theirs[name]]
    texts = [", ".join(f"{name} {found[name]:g}" for name in changed) for found in (ours, theirs)]
    return Difference("drop-out rates", texts[0], texts[1], hybrid)


def _rate(module: nn.Module | None) -> float:
    return float(getattr(module, "p", getattr(module, "drop_prob", 0.0)) or 0.0)


def _set(module: nn.Module, rate: float) -> None:
    name = "drop_prob" if hasattr(module, "drop_prob") else "p"
    setattr(module, name, rate)
