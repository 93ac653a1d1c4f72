"""How far gradients reach back, layer by layer."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from torch import Tensor

from harness.data.measure import LabelScores, Scores
from harness.training.monitors import Monitor, Watched
from harness.training.monitors.gradients import gradient_norm


class _GradientFlow(Monitor):
    def __init__(self, watched: Watched) -> None:
        self._layers: defaultdict[str, list[Tensor]] = defaultdict(list)
        for name, tensor in watched.learnable.items():
            self._layers[name.rpartition(".")[0]].append(tensor)

    def point(self, scores: Scores | LabelScores) -> dict[str, Any]:
        return {"norms": {layer: gradient_norm(tensors) for layer, tensors in self._layers.items()}}


def gradient_flow(watched: Watched) -> Monitor:
    """The gradients of the step before every evaluation point, before clipping and scaling are thought of.

    | key | meaning |
    | --- | --- |
    | `norms` | L2 norm by layer (the module that owns the parameters); null where a layer has no gradient |
    """
    return _GradientFlow(watched)
