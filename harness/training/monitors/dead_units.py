"""Units behind an activation function that nothing passes any more, over the training."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from harness.data.measure import LabelScores, Scores
from harness.training.monitors import Monitor, Watched, observe, units

NAMED = ("relu", "gelu", "silu", "swish", "mish", "elu", "sigmoid", "tanh")
"""What activation functions are called, in torch and in timm."""


class _DeadUnits(Monitor):
    def __init__(self, watched: Watched) -> None:
        self._watched = watched
        self._functions = {name: module for name, module in watched.model.named_modules() if _is_function(module)}

    def point(self, scores: Scores | LabelScores) -> dict[str, Any]:
        counts = {"units": 0, "dead": 0}

        def see(name: str, output: Tensor) -> None:
            low, high = units(output).aminmax(dim=0)
            counts["units"] += len(low)
            counts["dead"] += int((low == high).sum())

        observe(self._watched.model, self._functions, self._watched.images(), see)
        return counts


def _is_function(module: nn.Module) -> bool:
    name = type(module).__name__.lower()
    inner = [*module.parameters(), *module.children()]
    return not inner and any(each in name for each in NAMED)


def dead_units(watched: Watched) -> Monitor:
    """At every evaluation point, on the fixed validation images in eval mode.

    Functions that a model calls without a module (`torch.relu`) are not seen.

    | key | meaning |
    | --- | --- |
    | `units` | channels or features behind the model's activation functions |
    | `dead` | those that put out one and the same value for every image and position |
    """
    return _DeadUnits(watched)
