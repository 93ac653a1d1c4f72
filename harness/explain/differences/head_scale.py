"""The scale of the head's draw."""

from __future__ import annotations

from harness.explain.difference import Difference
from harness.explain.differences.parts.heads import EQUAL, comparable, scale, weights, with_weights
from harness.explain.subject import Subject


def head_scale(first: Subject, second: Subject) -> Difference | None:
    """The first draw, stretched to the second one's root mean square."""
    if not comparable(first, second):
        return None
    ours, theirs = [scale(weight) for weight in weights(first)], [scale(weight) for weight in weights(second)]
    if all(abs(a - b) <= EQUAL * max(a, b) for a, b in zip(ours, theirs, strict=True)):
        return None
    if 0.0 in ours:  # zeros cannot be stretched: the second head's draw comes along
        hybrid = with_weights(first, weights(second))
    else:
        stretched = [weight * (b / a) for weight, a, b in zip(weights(first), ours, theirs, strict=True)]
        hybrid = with_weights(first, stretched)
    factor = "" if 0.0 in (*ours, *theirs) else f" ({theirs[0] / ours[0]:.3g} times the first)"
    return Difference("scale of the head's draw", f"{ours[0]:.4g}", f"{theirs[0]:.4g}{factor}", hybrid)
