"""Instruments, one a file, each optional. They are inert: with any of them on, a run's trajectory is bitwise the same.

A variant is a function `(watched) -> Probe`. What `gradients` reads joins the points of the curve, what `weights`
finds are the record's `statistics`; any other's readings stand under its name in the record's `probes`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from harness.data.scores import Scores


@dataclass(frozen=True)
class Watched:
    """What a probe may look at and must leave alone.

    `model` is the whole model with the weights that learn, `learnable` names those that do at some time. `images` gives
    a few fixed validation images as the model takes them, [N, 3, S, S], made when they are first asked for.
    """

    model: nn.Module
    heads: tuple[str, ...]
    learnable: Mapping[str, Tensor]
    images: Callable[[], Tensor]


class Monitor:
    """Looks at a run before step 0, at every evaluation point, and after the last step; by itself it sees nothing.

    Between `start` and `finish` it keeps nothing: a run that goes on from a checkpoint is started anew with the same
    model, and its points so far are kept for it.
    """

    def start(self) -> None:
        """Before step 0."""

    def point(self, scores: Scores) -> dict[str, Any]:
        """At an evaluation point, the step's gradients in place; `scores` are the answers to the validation part."""
        return {}

    def finish(self) -> Any:
        """After the last step; None where there is nothing to tell but the points."""
        return None
