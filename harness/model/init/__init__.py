"""Init schemes: what a new head's weights are. A new scheme is a new file here, and `init=NAME` chooses it.

**The contract.** `init/NAME.py` defines a function of the same name, of one of two kinds.

A distribution fills the weights in place:

    def NAME(weight: Tensor, generator: torch.Generator) -> float | None: ...

`weight` is float [classes, features] on the CPU, without gradient (a convolution's is given as this matrix). The
function returns the bound b of the bias, which is then drawn from U(-b, b): 0 for a bias of zeros, None to leave weight
and bias as they are. A third parameter, `std: float | None = None`, takes `init.std`. All random numbers come from
`generator`, so that two creation methods whose heads have the same shape start from the same head.

A fit computes the head from what reaches it, and is marked `from_features`:

    @from_features
    def NAME(features: Tensor, labels: Tensor, classes: int) -> tuple[Tensor, Tensor]: ...

`features` is float [N, features] in eval mode, `labels` int64 [N]: of the images to learn from, never of those that
validate or test. It returns weight [classes, features] and bias [classes]. `harness.model.heads.fit_head` puts them
into the head, or, under `init.share` below 1, between a draw and the fit.

Either raises `ImpossibleConfiguration` where the shape does not allow it. `init.scale` multiplies the outcome.

**Example.** N(0, 0.01²) with a bias of zeros:

    def narrow(weight: torch.Tensor, generator: torch.Generator) -> float:
        '''N(0, 0.01²), zero bias.'''
        nn.init.normal_(weight, std=0.01, generator=generator)
        return 0.0
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
