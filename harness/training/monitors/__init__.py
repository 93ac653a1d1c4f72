"""Monitors, one a file, each optional. They are inert: with any of them on, a run's trajectory is bitwise the same.

A variant is a function `(watched) -> Monitor`. What `gradients` reads joins the points of the curve, what `weights`
finds is the record's `statistics`; the readings of any other stand under its name in the record's `probes`.

Below the contract stands what monitors measure with: summaries of tensors, and a look at what modules put out that
leaves no trace.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from harness.data.measure import LabelScores, Scores, scores_of
from harness.spec.machine import MONITORS
from harness.spec.variants import load_variant
from harness.training.evaluate import Answers


@dataclass(frozen=True)
class Watched:
    """What a monitor may look at and must not change.

    `model` is the whole model with the weights that learn, `learnable` names those that do at some time. `images` gives
    a few fixed validation images as the model takes them, [N, 3, S, S], made when they are first asked for.
    """

    model: nn.Module
    heads: tuple[str, ...]
    learnable: Mapping[str, Tensor]
    images: Callable[[], Tensor]


class Monitor:
    """Looks at a run before step 0, at every evaluation point, and after the last step; the base class reads nothing.

    Between `start` and `finish` it keeps nothing: a run that goes on from a checkpoint starts its monitors
    anew with the same model, and its readings so far are kept.
    """

    def start(self) -> None:
        """Before step 0."""

    def point(self, scores: Scores | LabelScores) -> dict[str, Any]:
        """At an evaluation point, the step's gradients in place; `scores` are the answers to the validation part."""
        return {}

    def finish(self) -> Any:
        """After the last step; None where there is nothing to tell but the points."""
        return None


CURVE, STATISTICS = "gradients", "weights"


class Monitors:
    """The monitors of one run, by name, started before step 0, and where in its record each one's readings go."""

    def __init__(self, names: Sequence[str], watched: Watched) -> None:
        self._monitors: dict[str, Monitor] = {name: load_variant(MONITORS, name)(watched) for name in names}
        self._points: dict[str, list[dict[str, Any]]] = {}
        for monitor in self._monitors.values():
            monitor.start()

    def point(self, step: int, validated: Answers) -> tuple[float | None, float | None]:
        """Read every monitor after `step` steps; returns the gradient norms of head and backbone for the curve."""
        if not self._monitors:
            return None, None
        scores = scores_of(validated.logits, validated.labels)
        read = {name: monitor.point(scores) for name, monitor in self._monitors.items()}
        norms = read.pop(CURVE, {})
        for name, reading in read.items():
            if reading:
                self._points.setdefault(name, []).append({"step": step, **reading})
        return norms.get("grad_norm_head"), norms.get("grad_norm_backbone")

    def state_dict(self) -> dict[str, Any]:
        """The readings so far; what monitors hold of the start they find again when the model is built again."""
        return self._points

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from earlier readings."""
        self._points = state

    def finish(self) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        """The record's `statistics` and `probes`."""
        found: dict[str, Any] = dict(self._points)
        found |= {name: told for name, monitor in self._monitors.items() if (told := monitor.finish()) is not None}
        return found.pop(STATISTICS, []), found


NAMES = ("mean", "std", "min", "max", "norm")


def summarise(tensor: Tensor) -> dict[str, float]:
    """Mean, standard deviation (population), minimum, maximum and L2 norm of a tensor of any shape."""
    return summarise_all([tensor])[0]


def summarise_all(tensors: Sequence[Tensor]) -> list[dict[str, float]]:
    """The same of many tensors of one device, which is waited for once."""
    if not tensors:
        return []
    return [dict(zip(NAMES, row, strict=True)) for row in torch.stack(list(map(_measured, tensors))).tolist()]


def _measured(tensor: Tensor) -> Tensor:
    values = tensor.detach().float()
    std, mean = torch.std_mean(values, correction=0)
    low, high = torch.aminmax(values)
    return torch.stack([mean, std, low, high, values.norm()])


See = Callable[[str, Tensor], None]


def observe(model: nn.Module, modules: Mapping[str, nn.Module], images: Tensor, see: See) -> None:
    """Pass images through the model in eval mode and show each module's output, a tensor, to `see` as it comes.

    A module that is called several times is shown as often. Afterwards, whatever happens, no hook is left, every
    module's mode is what it was, and no random number was drawn from the caller's generator.

    Args:
        model: whose forward pass is looked at.
        modules: by the names that `see` is given.
        images: float [N, 3, S, S], as the model takes them.
        see: is called with a name and an output.
    """
    modes = [(module, module.training) for module in model.modules()]
    handles = []

    def shown(name: str) -> Callable[[nn.Module, object, object], None]:
        def hook(module: nn.Module, inputs: object, output: object) -> None:
            if isinstance(output, Tensor):
                see(name, output.detach())

        return hook

    try:
        handles = [module.register_forward_hook(shown(name)) for name, module in modules.items()]
        model.eval()
        devices = [images.device] if images.device.type == "cuda" else []
        with torch.no_grad(), torch.random.fork_rng(devices):
            model(images)
    finally:
        for handle in handles:
            handle.remove()
        for module, training in modes:
            module.training = training


def units(output: Tensor) -> Tensor:
    """A module's output as one row for each image and position, one column for each unit (channel or feature).

    Maps are [N, C, H, W], or [N, H, W, C] where the two sides of the (square) images come first; tokens [N, T, C].
    """
    if output.ndim == 4 and output.shape[2] == output.shape[3]:
        output = output.movedim(1, -1)
    return output.flatten(0, -2).float()
