"""Observes a run where its training stands still: initial diagnostics, curve, monitors, early stopping."""

from __future__ import annotations

import json
import math
import time
from dataclasses import asdict, replace
from typing import Any

from torch import Tensor

from harness.spec.machine import Machine
from harness.training.batches import Normalise, unit_range
from harness.training.evaluate import Answers, EarlyStopping, Point, monitored
from harness.training.initial_diagnostics import initial_diagnostics
from harness.training.loop import EvalPoint, Training
from harness.training.monitors import Monitors, Watched
from harness.training.setup import Setup

DIAGNOSED_IMAGES, MONITORED_IMAGES = 256, 128


class Observer:
    """Call `observe` at each evaluation point of a run, as long as that returns true.

    Made before training begins; of a run that begins exactly as another, `twin_of`, what was measured of that one holds
    for it, too.
    """

    def __init__(self, setup: Setup, machine: Machine, *, twin_of: Observer | None = None) -> None:
        self.setup = setup
        self.asked = setup.learner
        self.validated: Answers = setup.validate(setup.learner) if twin_of is None else twin_of.validated
        with setup.clock.measure("birth_s"):
            validation = setup.validation[1]
            every = max(1, len(validation) // DIAGNOSED_IMAGES)
            some = slice(0, every * DIAGNOSED_IMAGES, every)
            begin = Answers(self.validated.logits[some], self.validated.labels[some])
            self.diagnostics: dict[str, Any] = _diagnose(setup, begin) if twin_of is None else twin_of.diagnostics
            self._monitors = _start_monitors(setup, machine, validation[some])
        loss = float(self.validated.losses().mean())
        begun = {"grad_norm_head": None, "grad_norm_backbone": None}
        self.curve = [Point(0, 0.0, None, None, loss, **self.validated.level, **begun)]
        self.images = 0
        self.diverged: str | None = None
        self.started, self.resumed = setup.started, list[int]()
        self._stopping: EarlyStopping | None = None
        self._earlier_s = 0.0

    def observe(self, reached: EvalPoint, state: Answers | None = None) -> bool:
        """Measure the network where its training stands still; false where the training is to end here.

        `state` are its answers to the validation part, where they are known.
        """
        setup, recipe = self.setup, self.setup.spec.recipe
        setup.usage.pause()
        self.images += reached.images
        self.asked = replace(setup.learner, network=reached.network)
        self.validated = state = setup.validate(self.asked) if state is None else state
        loss = float(state.losses().mean())
        norms = dict(
            zip(("grad_norm_head", "grad_norm_backbone"), self._monitors.point(reached.step, state), strict=True)
        )
        self.curve.append(
            Point(reached.step, reached.epoch, reached.lr, reached.train_loss, loss, **state.level, **norms)
        )
        if not (math.isfinite(reached.train_loss) and math.isfinite(loss)):
            self.diverged = (
                f"loss is not finite at step {reached.step} (training {reached.train_loss}, validation {loss})"
            )
            return False
        if reached.epoch.is_integer():
            reached.schedule.observe(monitored(recipe.monitor, state))
            if recipe.early_stopping is not None:
                self._stopping = self._stopping or EarlyStopping(recipe, setup.learner.network, reached.network)
                return not self._stopping.ends(round(reached.epoch), state)
        return True

    @property
    def seconds(self) -> float:
        """Wall time of the run so far, that before it was resumed included."""
        return self._earlier_s + time.perf_counter() - self.setup.began

    def restore_best(self) -> tuple[int | None, Answers]:
        """The epoch whose weights early stopping puts back, and the validation answers that then hold; None without."""
        return self._stopping.restore() if self._stopping else (None, self.validated)

    def finish(self) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        """The record's `statistics` and `probes`."""
        return self._monitors.finish()

    def state_dict(self) -> dict[str, Any]:
        """What has been observed so far; the initial diagnostics are measured again when the run is set up again."""
        return {
            "birth": json.dumps(self.diagnostics),
            "curve": [point.as_json() for point in self.curve],
            "answers": asdict(self.validated),
            "images": self.images,
            "instruments": self._monitors.state_dict(),
            "stopping": self._stopping.state_dict() if self._stopping else None,
            "seconds": dict(self.setup.clock.seconds),
            "total_s": self.seconds,
            "started": self.started,
            "resumed": self.resumed,
        }

    def begins_as(self, state: dict[str, Any]) -> bool:
        """Whether this run begins as the observed one did, down to the hash of its backbone and its initial loss."""
        return bool(state["birth"] == json.dumps(self.diagnostics))

    def load_state_dict(self, state: dict[str, Any], training: Training) -> None:
        """Go on from there, `training` being where it was."""
        setup, device = self.setup, self.setup.hardware.device
        self.curve = [Point(**point) for point in state["curve"]]
        self.validated = Answers(**{name: tensor.to(device) for name, tensor in state["answers"].items()})
        self.asked = replace(setup.learner, network=training.evaluated) if len(self.curve) > 1 else setup.learner
        self.images = state["images"]
        self._monitors.load_state_dict(state["instruments"])
        if state["stopping"] is not None:
            self._stopping = EarlyStopping(setup.spec.recipe, setup.learner.network, training.evaluated)
            self._stopping.load_state_dict(state["stopping"], device)
        for part, seconds in state["seconds"].items():
            setup.clock.seconds[part] = setup.clock.seconds.get(part, 0.0) + seconds
        self._earlier_s, self.started = state["total_s"], state["started"]
        self.resumed = [*state["resumed"], training.step]


def _diagnose(setup: Setup, begin: Answers) -> dict[str, Any]:
    """The initial diagnostics, from the first answers to some of the validation images."""
    learner = setup.learner
    found = initial_diagnostics(setup.built, setup.spec.data.size, begin.logits, begin.labels, learner.learnable)
    return {**found, **learner.facts}


def _start_monitors(setup: Setup, machine: Machine, first: Tensor) -> Monitors:
    """The run's monitors, started."""
    built, pixels = setup.built, setup.dataset.train.pixels[first.cpu()[:MONITORED_IMAGES]]
    device = setup.hardware.device
    watched = Watched(
        built.model,
        built.heads,
        setup.learner.learnable,
        lambda: Normalise(built.preprocessing, device)(unit_range(pixels.to(device))),
    )
    return Monitors(machine.chosen_monitors, watched)
