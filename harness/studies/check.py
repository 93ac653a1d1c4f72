"""Checks a request before anything is trained: rules, files, devices, architectures."""

from __future__ import annotations

import importlib
import json
from functools import cache, partial
from pathlib import Path
from typing import Any

import torch

from harness.data.parts import check as data_check
from harness.data.parts.cache import faults as cache_faults
from harness.data.parts.images import Images
from harness.hybrids.build import build
from harness.models.build import find_weights
from harness.models.capability import check_architecture
from harness.recipe.optimizer import check_optimizer
from harness.spec.bridge import ends, in_force
from harness.spec.errors import ImpossibleCell, RequestError
from harness.spec.machine import Machine
from harness.spec.rules import faults
from harness.spec.spec import Data, Recipe, Shift, Spec
from harness.spec.variants import load_variant
from harness.studies.request import Request
from harness.tracking.parts.check import check as tracking_faults
from harness.training.conditions import handling
from harness.training.hardware import find_hardware
from harness.transfer.parts.prepare import check_fit

MODEL = frozenset({"backbone", "weights", "regularization", "creation", "init", "transfer", "evaluation", "bridge"})
"""The groups that a model and what is done with it depend on."""

SOME_CLASSES = 7
"""The model is looked at before the data are; it must be possible for any number."""

BARE = {"batchnorm": "frozen"}


class Checker:
    """Checks the requests of one sweep; what many cells share is checked once.

    `elsewhere`: the runs are trained by other machines, whose devices are not known here.
    """

    def __init__(self, elsewhere: bool = False) -> None:
        self._data = cache(_data_faults)
        self._machine = cache(partial(_machine_faults, elsewhere=elsewhere))
        self._tracking = cache(tracking_faults)
        self._optimizers: dict[str, list[str]] = {}
        self._shifts: dict[tuple[Shift, Data], list[str]] = {}
        self._models: dict[str, list[str] | ImpossibleCell] = {}

    def check(self, request: Request) -> list[str]:
        """Every fault of a request, one line each.

        Raises:
            ImpossibleCell: well-formed, but nothing that this architecture can have.
        """
        found = [
            *faults(request.spec),
            *self._optimizer(request.spec.recipe),
            *self._machine(request.machine),
            *self._tracking(request.tracking),
        ]
        if found:
            return found
        found = list(self._data(request.spec.data)) + self._shift(request.spec)
        model = self._model(request.spec)
        if isinstance(model, ImpossibleCell):
            raise model
        return [*found, *model]

    def _optimizer(self, recipe: Recipe) -> list[str]:
        key = recipe.model_dump_json(include={"optimizer", "optimizer_kwargs", "momentum"})
        if key not in self._optimizers:
            self._optimizers[key] = check_optimizer(recipe)
        return self._optimizers[key]

    def _shift(self, spec: Spec) -> list[str]:
        key = (spec.shift, spec.data)
        if key not in self._shifts:
            self._shifts[key] = _shift_faults(spec)
        return self._shifts[key]

    def _model(self, spec: Spec) -> list[str] | ImpossibleCell:
        fields = spec.model_dump(mode="json", include={*MODEL})
        key = json.dumps([fields, spec.data.size], sort_keys=True)
        if key not in self._models:
            self._models[key] = _model_faults(spec)
        return self._models[key]


def _blank(size: int) -> Images:
    """Two images, for a strategy to be looked at."""
    return Images(torch.zeros(2, 3, size, size, dtype=torch.uint8), torch.arange(2))


def _data_faults(data: Data) -> list[str]:
    return data_check.faults(data)


def _shift_faults(spec: Spec) -> list[str]:
    """The faults of another test part; a shift whose module has no `faults(spec)` can have none."""
    check = getattr(importlib.import_module(f"harness.shift.{spec.shift.name}"), "faults", None)
    return [] if check is None else list(check(spec))


def _machine_faults(machine: Machine, elsewhere: bool) -> list[str]:
    try:
        if not elsewhere:
            find_hardware(machine)
    except RequestError as error:
        return list(error.faults)
    for key in ("threads", "workers"):
        value: Any = getattr(machine, key)
        if value != "auto" and value < 1:
            return [f"{key}: must be at least 1 (or auto), got {value}"]
    if machine.cache in ("auto", "none"):  # the user's own folder is not made before it is needed
        return []
    return cache_faults(Path(machine.cache).expanduser())


def _model_faults(spec: Spec) -> list[str] | ImpossibleCell:
    """Build the model once, so that whatever cannot be had is known before anything is trained.

    A function of the user's own is left alone: it may take long, and is called by the run.
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
        strategy = load_variant("harness.transfer", spec.transfer.name)
        strategy(spec.model_copy(update={"transfer": transfer}), built, _blank(spec.data.size), torch.device("cpu"))
    except RequestError as error:
        return list(error.faults)
    except ImpossibleCell as reason:
        return reason
    return []
