"""What tells one way of packing runs from another."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import torch

from harness.execution.packing.equivalence import Make
from harness.execution.packing.inputs import PackInputs
from harness.execution.packing.optimizer import FAMILIES
from harness.execution.packing.packed_run import PackedRun
from harness.spec.machine import Machine
from harness.spec.spec import Spec


def no_origin(member: PackedRun) -> Hashable:
    """Where the structure tells all."""
    return None


@dataclass(frozen=True)
class PackSpec:
    """A way of packing.

    `refusal` says why a run cannot be packed, by its spec. `structure` is what runs of one pack must have in common, by
    their models, and `origin` what these were made of, of which each takes part in the check that precedes a pack.
    `makes` are the programs that can train them, the better ones first. `largest` is the number of runs in a pack,
    `largest_on_gpu` on a CUDA device, where launching kernels takes the time. `shares` tells whether runs may share a
    frozen backbone.
    """

    name: str
    refusal: Callable[[Spec, Machine], str | None]
    structure: Callable[[PackedRun], Hashable]
    makes: tuple[Make, ...]
    inputs: Callable[[Sequence[PackedRun]], PackInputs]
    largest: int
    largest_on_gpu: int
    shares: bool = False
    origin: Callable[[PackedRun], Hashable] = no_origin

    def most(self, device: torch.device) -> int:
        """The number of runs in a pack on this device."""
        return self.largest_on_gpu if device.type == "cuda" else self.largest


def course(spec: Spec) -> Hashable:
    """What runs of one pack must have in common, by their specs: as many steps on as large batches, one optimiser."""
    recipe = spec.recipe
    model = (spec.backbone.model_dump_json(), spec.transfer.model_dump_json(), spec.data.size, spec.data.classes)
    data = (spec.data.name, spec.data.set, spec.data.fingerprint, spec.data.samples, spec.data.val_fraction)
    return (*model, *data, recipe.optimizer, recipe.momentum, recipe.epochs, recipe.batch_size)


def creation_of(spec: Spec) -> str:
    """All that a model before step 0 depends on; runs that share it differ in how they are trained."""
    return spec.model_dump_json(exclude={"recipe", "metrics"})


def recipe_refusal(spec: Spec, machine: Machine) -> str | None:
    """What no pack does: it would change gradients or weights of one run by more than a rate and a decay."""
    recipe = spec.recipe
    reasons = {
        f"recipe.optimizer={recipe.optimizer}": recipe.optimizer not in FAMILIES or bool(recipe.optimizer_kwargs),
        "averaged weights": recipe.ema_decay is not None,
        "early stopping": recipe.early_stopping is not None,
        "mixing": bool(recipe.mixup or recipe.cutmix),
        "clipping": recipe.clip_grad is not None,
        "balancing": recipe.balance != "none",
        "batches in parts": recipe.grad_accum_steps > 1,
        "float16": machine.precision == "float16",
    }
    return next((reason for reason, holds in reasons.items() if holds), None)
