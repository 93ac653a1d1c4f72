"""Optimizers over the parameters of several runs at once, each with a rate and a decay of its own.

torch's take one rate for a group of whole tensors: a group for each run is as many calls as without a pack. The
formulas are those of torch's documentation; `equivalence` holds them against torch's own before they are used.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from harness.execution.packing.packed_run import PackedRun
from harness.execution.packing.program import Storage
from harness.training.recipe.optimizer import make_optimizer

FAMILIES = {"adamw": torch.optim.AdamW, "sgd": torch.optim.SGD, "momentum": torch.optim.SGD}
"""The optimizers, by timm's names, that a pack can do."""


class _AdamW:
    """Loshchilov and Hutter 2019, "Decoupled weight decay regularization"."""

    def __init__(self, storage: Storage, decay: Tensor, group: dict[str, Any]) -> None:
        self._values, self._gradients, self._decay = storage.values, storage.gradients, decay
        (self._beta1, self._beta2), self._eps = group["betas"], group["eps"]
        self._first, self._second = torch.zeros_like(self._values), torch.zeros_like(self._values)
        # A number on the device, as the moments are: a graph that holds the step counts on.
        self._steps = torch.zeros((), dtype=torch.float64, device=self._values.device)
        self.state = (self._first, self._second, self._steps)

    def step(self, rate: Tensor) -> None:
        self._steps += 1
        gradient, dtype = self._gradients, self._values.dtype
        self._first.lerp_(gradient, 1 - self._beta1)
        self._second.mul_(self._beta2).addcmul_(gradient, gradient, value=1 - self._beta2)
        unbiased_first = (1 - self._beta1**self._steps).to(dtype)
        unbiased_second = (1 - self._beta2**self._steps).sqrt().to(dtype)
        scale = self._second.sqrt().div_(unbiased_second).add_(self._eps)
        change = self._first.div(scale).mul_(rate / unbiased_first)
        self._values.mul_(1 - rate * self._decay).sub_(change)


class _SGD:
    """With momentum, Nesterov's where asked for; weight decay joins the gradient."""

    def __init__(self, storage: Storage, decay: Tensor, group: dict[str, Any]) -> None:
        self._values, self._gradients, self._decay = storage.values, storage.gradients, decay
        self._momentum, self._nesterov = group["momentum"], group["nesterov"]
        self._moved = torch.zeros_like(self._values)
        self.state = (self._moved,)

    def step(self, rate: Tensor) -> None:
        gradient = torch.addcmul(self._gradients, self._decay, self._values)
        self._moved.mul_(self._momentum).add_(gradient)
        change = gradient.add_(self._moved, alpha=self._momentum) if self._nesterov else self._moved
        self._values.sub_(change * rate)


class PackOptimizer:
    """Takes a step for every run of a pack, each as its own recipe says."""

    def __init__(self, storage: Storage, runs: Sequence[PackedRun]) -> None:
        decay, factor = torch.zeros_like(storage.values), torch.zeros_like(storage.values)
        scales: dict[Tensor, float] = {}
        for run, slots in zip(runs, storage.slots, strict=True):
            learner = run.learner
            own = make_optimizer(run.recipe, learner.network, learner.optimised, learner.rates)
            for group in own.param_groups:
                for parameter in group["params"]:
                    decay[slots[parameter]] = group["weight_decay"]
                    factor[slots[parameter]] = scales[parameter] = group.get("lr_scale", 1.0)
        self._storage = storage
        # Padding has no gradient, so that it does not matter how fast it learns.
        alike = all(scales.get(parameter) == 1 for slots in storage.slots for parameter in slots)
        self._factor = None if alike else factor
        family = _AdamW if isinstance(own, torch.optim.AdamW) else _SGD
        self._family = family(storage, decay, own.defaults | {"momentum": own.defaults.get("momentum")})

    @property
    def state(self) -> tuple[Tensor, ...]:
        """What its next step depends on, the parameters apart."""
        return self._family.state

    @torch.no_grad()
    def step(self, rates: Tensor) -> None:
        """One step, at the rate of each run, [K]."""
        each = self._storage.spread(rates)
        self._family.step(each if self._factor is None else each * self._factor)
