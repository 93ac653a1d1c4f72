"""The scale of the head's initial weights."""

from __future__ import annotations

from torch import Tensor

from harness.model.build import Built
from harness.training.hybrids.factors import Factor, told
from harness.training.hybrids.pairs import comparable, equal_scales, put, same_up_to_scale, scale, weights


def head_scale(first: Built, second: Built) -> Factor | None:
    """The root mean square of the weights."""
    if not comparable(first, second):
        return None
    ours, theirs = [scale(weight) for weight in weights(first)], [scale(weight) for weight in weights(second)]
    if all(map(equal_scales, ours, theirs)):
        return None
    factor = "" if 0.0 in (*ours, *theirs) else f" ({theirs[0] / ours[0]:.3g} times the first)"
    return Factor(told("scale of the head's initial weights", f"{ours[0]:.4g}", f"{theirs[0]:.4g}{factor}"), _take)


def _take(hybrid: Built, source: Built) -> Built:
    return put(hybrid, [_rescaled(ours, theirs) for ours, theirs in zip(weights(hybrid), weights(source), strict=True)])


def _rescaled(ours: Tensor, theirs: Tensor) -> Tensor:
    """Our weights at their scale.

    Where both are the same but for their scale theirs are copied, so that no rounding is left; and where either is
    zero, since zeros cannot be scaled.
    """
    return theirs if same_up_to_scale(ours, theirs) else ours * (scale(theirs) / scale(ours))
