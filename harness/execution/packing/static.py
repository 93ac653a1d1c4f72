"""A step of training that a CUDA graph can hold whole."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor

from harness.execution.packing.capture import captured
from harness.spec.spec import Spec
from harness.training.hardware import Hardware
from harness.training.learner import Learner
from harness.training.recipe.objective import Loss
from harness.training.step import Step, cut


class StaticStep(Step):
    """The ordinary step on buffers that stay where they are, the learning rate among them.

    On a CUDA device its first call captures all of it as one graph, and every call replays that; elsewhere it is
    called as it is. What is random or made anew for a batch (order, crops, flips, mixing) comes before it, and what
    looks at the weights (averaging, evaluation) after it. Shapes, parts and what learns must stay as they are.

    The rate is a float32 there, as torch's fused kernels read it.
    """

    name = "static"
    fused = True

    def __init__(self, spec: Spec, learner: Learner, criterion: Loss, hardware: Hardware) -> None:
        super().__init__(spec, learner, criterion, hardware)
        self._device = hardware.device
        self._rate = torch.zeros((), device=self._device)
        self._rates = [torch.zeros_like(self._rate) for _ in self.optimizer.param_groups]
        self._given: tuple[Tensor, Tensor] | None = None
        self._compute_all: Callable[[], None] | None = None

    def __call__(self, inputs: Tensor, targets: Tensor, rate: float, parts: int) -> None:
        """As the ordinary step; always with as many inputs and parts."""
        self._rate.fill_(rate)  # a kernel's argument, where a copy from the host would wait for the device
        if self._given is None:
            self._given = inputs.clone(), targets.clone()
        else:
            for held, given in zip(self._given, (inputs, targets), strict=True):
                held.copy_(given)
        if self._compute_all is None:
            step = partial(self._static, *self._given, parts)
            if self._device.type == "cuda":
                self._compute_all = captured(step, self._changed, self._device, optimizer=self.optimizer)
            else:
                self._compute_all = step
        self._compute_all()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from there; the optimiser has other tensors then, and is captured anew."""
        super().load_state_dict(state)
        self._compute_all = None

    def _static(self, inputs: Tensor, targets: Tensor, parts: int) -> None:
        for group, held in zip(self.optimizer.param_groups, self._rates, strict=True):
            group["lr"] = torch.mul(self._rate, group.get("lr_scale", 1.0), out=held)
        self._compute(cut(inputs, targets, parts), len(inputs))

    def _changed(self) -> list[Tensor]:
        """All that a step changes; what the optimiser holds of a parameter is there after the first one."""
        moments = [each for own in self.optimizer.state.values() for each in own.values() if isinstance(each, Tensor)]
        return [*self._network.parameters(), *self._network.buffers(), self.total, *moments]
