"""One combination, taken one step of training far."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_dir

from harness.cli.compose import CONFIGURATION, plain
from harness.dev.conformance.trial import save_weights
from harness.dev.matrix.axes import Combination
from harness.dev.matrix.standins import STANDINS
from harness.spec.errors import ImpossibleConfiguration, RequestError
from harness.spec.machine import Machine
from harness.spec.paths import bundled_file, configuration_folder
from harness.study.check import Checker
from harness.study.request import Request, parse
from harness.training.run import run

PASSED, REFUSED, BROKEN = "passed", "refused", "broken"
BATCH = 8
ONE_STEP = ("recipe.epochs=1", f"recipe.batch_size={BATCH}", "recipe.warmup_epochs=0", "data.val_fraction=0.4")
"""A batch is as many images as there are at most, so an epoch is one step."""

STRATEGIES = {
    "gradual_unfreezing": ("recipe.epochs=2",),
    "probe_then_tune": ("recipe.epochs=2",),
    "parameter_groups": ("++transfer.groups={*:0.5}",),
}
"""What a strategy cannot do without."""


class Bench:
    """Where combinations are tried: stand-ins and weights are written once, and compositions are shared."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._data: dict[str, list[str]] = {}
        self._weights: dict[str, dict[str, Any]] = {}
        self._composed: dict[tuple[str, str, str], dict[str, Any]] = {}
        self._checker = Checker()
        self._machine = Machine(device="cpu", threads=1)

    def attempt(self, combination: Combination) -> tuple[str, str]:
        """What became of a combination, and why it was refused or how it broke; a step that works has no reason."""
        try:
            request = self._request(combination)
            faults = self._checker.check(request)
            if faults:
                return REFUSED, "; ".join(faults)
            record = run(request.spec, self._machine)
        except RequestError as refusal:
            return REFUSED, "; ".join(refusal.faults)
        except ImpossibleConfiguration as refusal:
            return REFUSED, str(refusal)
        except Exception as error:  # whatever it is, it is what this job is there to find
            return BROKEN, f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
        if record.status != "finished" or record.metrics["steps"] < 1:
            return BROKEN, f"{record.status} after {record.metrics['steps']} steps: {record.reason}"
        return PASSED, ""

    def _request(self, combination: Combination) -> Request:
        config = {**self._composition(combination.profile, combination.data, combination.transfer)}
        library, architecture = combination.architecture.split(":")
        config["backbone"] = {**config["backbone"], "name": architecture, "library": library}
        config["creation"] = {**config["creation"], "name": combination.creation}
        config["weights"] = self._weights_of(library, architecture)
        return parse(config)

    def _composition(self, profile: str, data: str, transfer: str) -> dict[str, Any]:
        key = (profile, data, transfer)
        if key not in self._composed:
            if data not in self._data:
                self._data[data] = STANDINS[data](self._folder / data)
            overrides = [f"profile={profile}", f"transfer={transfer}", *self._data[data], *ONE_STEP]
            overrides += STRATEGIES.get(transfer, ())
            with initialize_config_dir(config_dir=str(configuration_folder().absolute()), version_base="1.3"):
                self._composed[key] = plain(compose(CONFIGURATION, overrides=overrides))
        return self._composed[key]

    def _weights_of(self, library: str, architecture: str) -> dict[str, Any]:
        """The bundled weights, or a file of random ones; known-faulty methods are tried, too, so none is verified."""
        key = f"{library}:{architecture}"
        if key not in self._weights:
            if library == "timm" and bundled_file(architecture).is_file():
                self._weights[key] = {"name": "bundled", "verify": "record"}
            else:
                file = self._folder / f"{library}-{architecture}.pt"
                save_weights(library, architecture, file)
                self._weights[key] = {"name": "file", "path": file, "verify": "record"}
        return self._weights[key]
