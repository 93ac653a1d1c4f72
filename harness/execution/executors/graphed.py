"""One run after the other on a GPU, each step of training replayed as one CUDA graph."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch

from harness.execution.choose import single
from harness.execution.in_turn import in_turn
from harness.execution.packing.capture import StaticStep
from harness.execution.packing.equivalence import TOLERANCE
from harness.execution.packing.optimizer import FAMILIES
from harness.execution.packing.soundness import sound
from harness.spec.machine import GRAPHED, Machine
from harness.spec.spec import Spec
from harness.spec.variants import load_variant
from harness.training.hardware import find_hardware
from harness.training.run import settle
from harness.training.setup import Setup

_sound: dict[str, bool] = {}


def refusal(spec: Spec, machine: Machine) -> str | None:
    """Why a run's steps cannot be captured, by its spec; None where nothing is known against it.

    What is drawn or averaged between two steps is no reason: mixing, balancing, averaged weights, early stopping. Nor
    is clipping, which waits for nothing.
    """
    recipe = spec.recipe
    reasons = {
        "no CUDA device": find_hardware(machine).device.type != "cuda",
        f"recipe.optimizer={recipe.optimizer}": recipe.optimizer not in FAMILIES or bool(recipe.optimizer_kwargs),
        "float16, whose scale of the loss depends on the gradients": machine.precision == "float16",
    }
    return next((reason for reason, holds in reasons.items() if holds), None)


def graphed(specs: Sequence[Spec], machine: Machine, study: Path) -> Iterator[dict[str, Any]]:
    """Yield each record as its run ends; runs whose steps cannot be captured follow, as they are.

    Raises:
        RequestError: there is no CUDA device.
    """
    find_hardware(machine.model_copy(update={"executor": GRAPHED}))
    able = [spec for spec in specs if refusal(spec, machine) is None and is_sound(spec, machine)]
    yield from in_turn(able, machine, study, GRAPHED, StaticStep)
    left = [spec for spec in specs if spec not in able]
    if left:
        yield from load_variant("harness.execution.executors", single(machine, len(specs)))(left, machine, study)


def is_sound(spec: Spec, machine: Machine) -> bool:
    """Whether captured steps compute what the ordinary ones do; found once for runs of one structure.

    Where they do not, one line tells why.
    """
    apart = dict.fromkeys(("seed", "replicate", "init", "metrics", "evaluation", "shift"), True)
    key = spec.model_dump_json(exclude={**apart, "recipe": {"lr", "weight_decay"}})
    if key not in _sound:
        hardware = settle(machine)
        with torch.random.fork_rng([hardware.device] if hardware.device.type == "cuda" else []):
            try:
                setup = Setup(spec, machine.model_copy(update={"monitors": False}), hardware)
            except Exception:  # the run itself will tell
                return False
            agreement = sound(setup)
        _sound[key] = agreement.holds
        if not agreement.holds:
            deviates = f"deviates by {agreement.deviation:.1e}, {TOLERANCE:g} is allowed"
            print(
                f"executor {GRAPHED}: the steps of {spec.backbone.name} {spec.creation.name} {spec.transfer.name} are "
                f"not captured ({agreement.reason or deviates})",
                file=sys.stderr,
            )
    return _sound[key]
