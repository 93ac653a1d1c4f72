"""Checks that try what is asked for, on a model or on data; they import torch, which takes seconds."""

from __future__ import annotations

import importlib

import torch

from harness.data.images import Images
from harness.data.open import source_faults
from harness.model.build import find_weights
from harness.model.options import check_architecture
from harness.spec.errors import RequestError
from harness.spec.machine import Machine
from harness.spec.spec import Data, Recipe, Spec, ends, in_force
from harness.spec.variants import load_variant
from harness.training.conditions import handling
from harness.training.hardware import find_hardware
from harness.training.hybrids.build import build, check_fit
from harness.training.recipe.optimizer import check_optimizer
from harness.training.run import settle
from harness.training.setup import Setup

SOME_CLASSES = 7
"""The model is looked at before the data are; it must be possible for any number."""

BARE = {"batchnorm": "frozen"}


def set_up(spec: Spec, machine: Machine) -> Setup:
    """A run set up on this machine, its evaluation looked at: the check of a model that is then trained.

    Raises:
        RequestError: the model cannot be built as asked, or the device is unavailable.
        ImpossibleConfiguration: well-formed, but nothing that this architecture can have.
    """
    check_architecture(spec.backbone.library, spec.backbone.name)
    hardware = settle(machine)
    with torch.random.fork_rng([hardware.device] if hardware.device.type == "cuda" else []):
        setup = Setup(spec, machine, hardware)
    if spec.evaluation.name != "proper":
        handling(in_force(spec), setup.built.preprocessing)
    return setup


def optimizer_faults(recipe: Recipe) -> list[str]:
    """The faults of an optimizer and what it takes."""
    return check_optimizer(recipe)


def device_faults(machine: Machine) -> list[str]:
    """The faults of the device that is asked for."""
    try:
        find_hardware(machine)
    except RequestError as error:
        return list(error.faults)
    return []


def data_faults(data: Data) -> list[str]:
    """The faults of a data set and its files."""
    return source_faults(data)


def shift_faults(spec: Spec) -> list[str]:
    """The faults of another test part; a shift whose module has no `faults(spec)` has none."""
    check = getattr(importlib.import_module(f"harness.data.shift.{spec.shift.name}"), "faults", None)
    return [] if check is None else list(check(spec))


def model_faults(spec: Spec) -> list[str]:
    """Build the model once, so that whatever is unavailable is known before anything is trained.

    A function of the user's own is left alone: it may take long, and is called by the run.

    Raises:
        ImpossibleConfiguration: well-formed, but nothing that this architecture can have.
    """
    try:
        if "custom" in {end.creation.name for end in ends(spec)}:
            if spec.weights.name != "none":
                find_weights(spec)
            return []
        check_architecture(spec.backbone.library, spec.backbone.name)
        built = build(spec, spec.data.classes or SOME_CLASSES)
        spec = in_force(spec)
        check_fit(spec, built)
        if spec.evaluation.name != "proper":
            handling(spec, built.preprocessing)
        # Its statistics would need the images; that there are norm layers to estimate is seen without.
        transfer = spec.transfer.model_copy(update=BARE if spec.transfer.batchnorm == "reestimated" else {})
        strategy = load_variant("harness.training.transfer", spec.transfer.name)
        strategy(spec.model_copy(update={"transfer": transfer}), built, _blank(spec.data.size), torch.device("cpu"))
    except RequestError as error:
        return list(error.faults)
    return []


def _blank(size: int) -> Images:
    """Two images, for a strategy to be looked at."""
    return Images(torch.zeros(2, 3, size, size, dtype=torch.uint8), torch.arange(2))
