"""Which runs are packed together and by which program, checked once for each structure."""

from __future__ import annotations

import sys
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import torch

from harness.execution.packing.equivalence import RUNS, TOLERANCE, Agreement, Make, compare, compare_captured
from harness.execution.packing.inputs import PackInputs
from harness.execution.packing.optimizer import FAMILIES
from harness.execution.packing.packed_run import PackedRun
from harness.execution.packing.training import CapturedPackStep, PackStep
from harness.spec.machine import Machine
from harness.spec.spec import TRAIN_MODE, Spec, ends


def no_origin(run: PackedRun) -> Hashable:
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


def schedule_key(spec: Spec) -> Hashable:
    """What runs of one pack must have in common, by their specs: as many steps on as large batches, one optimizer.

    Weights of classes are of all runs of a pack, or of none.
    """
    recipe = spec.recipe
    model = (spec.backbone.model_dump_json(), spec.transfer.model_dump_json(), spec.data.size, spec.data.classes)
    data = (
        spec.data.name,
        spec.data.targets,
        spec.data.set,
        spec.data.fingerprint,
        spec.data.samples,
        spec.data.val_fraction,
    )
    return (*model, *data, recipe.optimizer, recipe.momentum, recipe.epochs, recipe.batch_size, recipe.balance)


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
        "batches in parts": recipe.grad_accum_steps > 1,
        "creation.mode": any(end.creation.mode != TRAIN_MODE for end in ends(spec)),
        "float16": machine.precision == "float16",
    }
    return next((reason for reason, holds in reasons.items() if holds), None)


@dataclass(frozen=True)
class PackPlan:
    """The program that computes a pack of one structure, and how its steps are taken."""

    make: Make
    step_of: type[PackStep]


_agreed: dict[Hashable, PackPlan | None] = {}


def agreed(pack_spec: PackSpec, structure: Hashable, runs: Sequence[PackedRun]) -> PackPlan | None:
    """The first program that computes what single runs compute; None, said in one line, where none does.

    One run of each origin is in the check. On a CUDA device steps are captured, where that computes the same, and where
    it does not, one line tells.
    """
    first = {pack_spec.origin(own[0]): own[0] for own in _by_origin(pack_spec, runs)}
    key = (pack_spec.name, structure, frozenset(first))
    if key not in _agreed:
        others = [run for run in runs if run not in first.values()]
        checked = [*first.values(), *others[: max(0, RUNS - len(first))]]
        make = _first_right(pack_spec, checked)
        _agreed[key] = None if make is None else PackPlan(make, _step_of(pack_spec, make, checked))
    return _agreed[key]


def plans(
    pack_spec: PackSpec, structure: Hashable, runs: Sequence[PackedRun]
) -> list[tuple[PackPlan, Sequence[PackedRun]]]:
    """The packs of one structure and how each is trained: one of all runs, or one of each origin; without those that
    are no packs."""
    for packs in ([runs], _by_origin(pack_spec, runs)):
        found = [(plan, pack) for pack in packs if (plan := agreed(pack_spec, structure, pack)) is not None]
        if found:
            return found
    return []


def _by_origin(pack_spec: PackSpec, runs: Sequence[PackedRun]) -> list[list[PackedRun]]:
    found: dict[Hashable, list[PackedRun]] = {}
    for run in runs:
        found.setdefault(pack_spec.origin(run), []).append(run)
    return list(found.values())


def _first_right(pack_spec: PackSpec, runs: Sequence[PackedRun]) -> Make | None:
    reasons = []
    for make in pack_spec.makes:
        agreement = compare(runs, make)
        if agreement.holds:
            return make
        reasons.append(f"{make.__name__}: {_reason(agreement)}")
    alone = len(_by_origin(pack_spec, runs)) == 1
    outcome = "is trained run by run" if alone else "is not packed with runs that were created otherwise"
    _tell(pack_spec, runs, f"{outcome}, since no pack computes what single runs do ({'; '.join(reasons)})")
    return None


def _step_of(pack_spec: PackSpec, make: Make, runs: Sequence[PackedRun]) -> type[PackStep]:
    hardware = runs[0].setup.hardware
    if hardware.device.type != "cuda":
        return PackStep
    agreement = compare_captured(runs, make, CapturedPackStep, hardware)
    if agreement.holds:
        return CapturedPackStep
    _tell(pack_spec, runs, f"is trained in packs whose steps are not captured ({_reason(agreement)})")
    return PackStep


def _reason(agreement: Agreement) -> str:
    return agreement.reason or f"deviates by {agreement.deviation:.1e}, {TOLERANCE:g} is allowed"


def _tell(pack_spec: PackSpec, runs: Sequence[PackedRun], what: str) -> None:
    spec = runs[0].setup.spec
    print(f"executor {pack_spec.name}: {spec.backbone.name} {spec.creation.name} {what}", file=sys.stderr)
