"""A network that learns from images, each parameter from an epoch of its own on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from harness.data.images import Images
from harness.model.build import Built
from harness.spec.spec import Spec
from harness.training.batches import image_batches
from harness.training.learner import Learner
from harness.training.transfer._handling import Context, handle_batchnorm


def fine_tune(
    spec: Spec,
    built: Built,
    images: Images,
    device: torch.device,
    *,
    begins: Mapping[str, int] | None = None,
    rates: Mapping[str, float] | None = None,
    facts: Mapping[str, Any] | None = None,
) -> Learner:
    """Learn from augmented images.

    `begins` names the epoch from which a parameter learns; without a name it never does, None lets all learn from the
    first. What the network's author fixed (position embeddings of sines) stays so. `rates` are factors of the learning
    rate. While all parameters of a module are frozen, it is in the mode that `transfer.frozen` says, and in eval mode
    its BatchNorm statistics stay as they are.

    Raises:
        ImpossibleCell: something is asked of BatchNorm layers, and there are none.
    """
    model = built.model.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    batches = image_batches(spec, built.preprocessing, device)
    handling = handle_batchnorm(Context(spec, built, images, device, batches))
    parameters = {name: each for name, each in model.named_parameters() if each.requires_grad}
    begins = dict.fromkeys(parameters, 0) if begins is None else begins
    learnable = {
        name: each
        for name, each in parameters.items()
        if begins.get(name, spec.recipe.epochs) < spec.recipe.epochs
        and (handling.only is None or name in handling.only)
    }
    for name, parameter in parameters.items():
        parameter.requires_grad_(name in learnable)
    thaw = UnfreezeSchedule(
        model, {name: begins[name] for name in learnable}, spec.transfer.frozen == "eval", handling.held
    )
    thaw.train()
    return Learner(
        network=model,
        take=batches(images),
        other=batches,
        learnable=learnable,
        train=thaw.train,
        optimised=built.optimised,
        rates=rates or {},
        begin_epoch=thaw.begin_epoch,
        facts={**(facts or {}), **handling.facts},
    )


class UnfreezeSchedule:
    """What learns in which epoch, and the mode of each module that goes with it.

    Every parameter that learns at some time takes gradients until the first epoch begins, so that the optimiser is made
    for all of them. A frozen one has no gradient, and an optimiser leaves it alone, its weight decay and momentum too.
    """

    def __init__(self, model: nn.Module, begins: Mapping[str, int], still: bool, held: bool) -> None:
        self._model, self._begins, self._still, self._held = model, begins, still, held
        self._epoch = 0

    def begin_epoch(self, epoch: int) -> None:
        """Free what begins to learn."""
        self._epoch = epoch
        for name, parameter in self._model.named_parameters():
            parameter.requires_grad_(self._learns(name))
        self.train()

    def train(self) -> None:
        """Training mode, but eval mode where all is frozen (if so asked), and for BatchNorm that is held."""
        self._model.train()
        for module in self._frozen_modules() if self._still else ():
            module.eval()
        for module in self._model.modules():
            if self._held and isinstance(module, _BatchNorm):
                module.eval()

    def _learns(self, name: str) -> bool:
        return name in self._begins and self._begins[name] <= self._epoch

    def _frozen_modules(self) -> list[nn.Module]:
        learning = {id(each) for name, each in self._model.named_parameters() if self._learns(name)}
        found = []
        for module in self._model.modules():
            inside = [id(each) for each in module.parameters()]
            if inside and learning.isdisjoint(inside):
                found.append(module)
        return found
