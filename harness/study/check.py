"""Checks a request before anything is trained, and keeps the verdicts from one process to the next."""

from __future__ import annotations

import hashlib
import importlib
import json
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from harness.data.cache import faults as cache_faults
from harness.execution.mlflow.settings import check as tracking_faults
from harness.records.store import write_text
from harness.spec.errors import ImpossibleConfiguration, RequestError
from harness.spec.installation import LENGTH, installation
from harness.spec.machine import DISTRIBUTED, GRAPHED, Machine, world
from harness.spec.packaged import packaged_file
from harness.spec.paths import default_cache
from harness.spec.rules import faults
from harness.spec.spec import Data, Part, Recipe, Spec, ends
from harness.study.request import Request

LIBRARIES = (
    "torch", "torchvision", "timm", "transformers", "fastai", "peft", "huggingface-hub", "safetensors", "pillow",
    "numpy",
)  # fmt: skip
KEPT = 8
"""Files of so many states of the installation stay, the latest ones."""

Answer = list[str] | str
"""The faults of a request, or in one line why a configuration is unavailable."""


class Verdicts:
    """What was found, by question; `lasting` answers are written down, the others hold for this process."""

    def __init__(self) -> None:
        self._file = default_cache() / "checks" / f"{installation(*LIBRARIES)}.json"
        self._kept = _read(self._file)
        self._here: dict[str, Answer] = {}
        self._new: dict[str, Answer] = {}

    def known(self, question: str) -> Answer | None:
        """The answer, if the question was asked before."""
        digest = _digest(question)
        return self._here.get(digest, self._kept.get(digest))

    def ask(self, question: str, lasting: bool, check: Callable[[], list[str]]) -> list[str]:
        """The faults that `check` finds, or found at an earlier time.

        Raises:
            ImpossibleConfiguration: the check did, now or then.
        """
        answer = self.known(question)
        if answer is None:
            try:
                answer = check()
            except ImpossibleConfiguration as reason:
                answer = str(reason)
            self._here[_digest(question)] = answer
            if lasting:
                self._new[_digest(question)] = answer
        if isinstance(answer, str):
            raise ImpossibleConfiguration(answer)
        return answer

    def keep(self) -> None:
        """Write down what is new; where the cache cannot be written to, it is asked again next time."""
        if not self._new:
            return
        with suppress(OSError):
            write_text(self._file, json.dumps(_read(self._file) | self._new))
            states = sorted(self._file.parent.glob("*.json"), key=lambda file: file.stat().st_mtime)
            for old in states[:-KEPT]:
                old.unlink(missing_ok=True)
        self._new.clear()


def _digest(question: str) -> str:
    return hashlib.sha256(question.encode()).hexdigest()[:LENGTH]


def _read(file: Path) -> dict[str, Answer]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


MODEL = frozenset({"backbone", "weights", "regularization", "creation", "init", "transfer", "evaluation", "bridge"})
"""The groups that a model and what is done with it depend on."""

CARRIED = ("digits", "digit_pairs", "made")
"""Data sets that come with the package or its libraries, and stay as they are."""


class Checker:
    """Checks the requests of one sweep; what many configurations share is checked once.

    Models, data and optimizers are tried, which needs torch; it is imported where a verdict is not known from before.
    `elsewhere`: the runs are trained by other machines, whose devices are not known here.
    """

    def __init__(self, elsewhere: bool = False) -> None:
        self._elsewhere = elsewhere
        self._machine = cache(_machine_faults)
        self._tracking = cache(tracking_faults)
        self._packaged = cache(_packaged_faults)
        self._verdicts = Verdicts()

    def quick(self, request: Request) -> list[str]:
        """The faults that are seen in the request itself, one line each."""
        spec = request.spec
        return [
            *faults(spec),
            *self._packages(spec),
            *self._machine(request.machine),
            *self._tracking(request.tracking),
        ]

    def check(self, request: Request) -> list[str]:
        """Every fault of a request, one line each.

        Raises:
            ImpossibleConfiguration: well-formed, but nothing that this architecture can have.
        """
        found, so_far = self.around_the_model(request)
        return found if so_far else [*found, *self._model(request.spec)]

    def around_the_model(self, request: Request) -> tuple[list[str], bool]:
        """The faults of all but the model; and whether they are such that the model need not be looked at."""
        if found := self.quick(request):
            return found, True
        if found := [*self._optimizer(request.spec.recipe), *self._device(request.machine)]:
            return found, True
        return [*self._data(request.spec.data), *self._shift(request.spec)], False

    def keep(self) -> None:
        """Write down what was found, for the next process."""
        self._verdicts.keep()

    def _packages(self, spec: Spec) -> list[str]:
        """Asked each time: what was installed, and whole, may be so no longer."""
        asked = {end.backbone.name for end in ends(spec) if end.weights.name == "package"}
        return [fault for architecture in sorted(asked) for fault in self._packaged(architecture)]

    def _optimizer(self, recipe: Recipe) -> list[str]:
        asked = recipe.model_dump_json(include={"optimizer", "optimizer_kwargs", "momentum"})
        return self._verdicts.ask(f"optimizer {asked}", True, lambda: _tried("optimizer_faults", recipe))

    def _device(self, machine: Machine) -> list[str]:
        usual = machine.executor not in (GRAPHED, DISTRIBUTED) and world().count == 1
        always = machine.device in ("auto", "cpu") and usual
        if self._elsewhere or always:
            return []
        asked = f"device {machine.model_dump_json()}"
        return self._verdicts.ask(asked, False, lambda: _tried("device_faults", machine))

    def _data(self, data: Data) -> list[str]:
        asked = f"data {data.model_dump_json()}"
        return self._verdicts.ask(asked, _stays(data), lambda: _tried("data_faults", data))

    def _shift(self, spec: Spec) -> list[str]:
        asked = f"shift {spec.shift.model_dump_json()} {spec.data.model_dump_json()}"
        lasting = spec.shift.path is None and _stays(spec.data)
        return self._verdicts.ask(asked, lasting, lambda: _tried("shift_faults", spec))

    def _model(self, spec: Spec) -> list[str]:
        fields: dict[str, Any] = spec.model_dump(mode="json", include={*MODEL})
        asked = json.dumps([fields, spec.data.size, spec.data.classes], sort_keys=True)
        # What a network or a folder of downloads has may change; a file is known by its fingerprint.
        lasting = all(end.weights.name in ("bundled", "none") or end.weights.fingerprint for end in ends(spec))
        return self._verdicts.ask(f"model {asked}", lasting, lambda: _tried("model_faults", spec))


def _tried(check: str, asked: Part) -> list[str]:
    """The answer of one of the thorough checks."""
    found: list[str] = getattr(importlib.import_module("harness.study.thorough"), check)(asked)
    return found


def _stays(data: Data) -> bool:
    """Whether the request says which data these are, to the byte."""
    return data.name in CARRIED or (data.fingerprint is not None and data.path is not None)


def _packaged_faults(architecture: str) -> list[str]:
    try:
        packaged_file(architecture)
    except RequestError as error:
        return list(error.faults)
    return []


def _machine_faults(machine: Machine) -> list[str]:
    for key in ("threads", "workers"):
        value: Any = getattr(machine, key)
        if value != "auto" and value < 1:
            return [f"{key}: must be at least 1 (or auto), got {value}"]
    if machine.cache in ("auto", "none"):  # the user's own folder is not made before it is needed
        return []
    return cache_faults(Path(machine.cache).expanduser())
