"""Init schemes: what a new head's weights are. One variant a file.

A variant is a law, a function `(weight, generator) -> bias law`: it fills `weight` in place, shape [classes, features],
and returns the bound of the uniform law of the bias, 0 for a bias of zeros. All draws come from `generator`, so
that two creation methods whose heads have the same shape draw the same numbers.

Or it is a fit, marked `from_features`: a function `(features, labels, classes) -> (weight, bias)` of what reaches the
head in eval mode, float [N, features], and the labels, int64 [N], of the images to learn from, never of those that
validate or test. `heads.fit` puts it into the head, or between a draw and it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor

Fit = Callable[[Tensor, Tensor, int], tuple[Tensor, Tensor]]


def from_features(fit: Fit) -> Fit:
    """Mark an init scheme that is computed from the features of the training images."""
    fit.takes_features = True  # type: ignore[attr-defined]
    return fit


def takes_features(scheme: Callable[..., Any]) -> bool:
    """Whether an init scheme is computed from features, and not drawn."""
    return getattr(scheme, "takes_features", False)
