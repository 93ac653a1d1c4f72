"""What watches over a run between its steps: checkpoints, requests to stop, and the limit of its time."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.records.store import CHECKPOINT
from harness.spec.errors import StorageError
from harness.spec.machine import Machine
from harness.training.checkpoint import UNFIT, UnfitError, header, read_checkpoint, write_checkpoint
from harness.training.loop import Training
from harness.training.observer import Observer
from harness.training.stop import Interrupted, Stop

MOST_SHARE = 0.05
"""The largest share of a run's time that goes into checkpoints: the larger they are, the fewer are written."""


class TimeLimitError(Exception):
    """A run has taken longer than `time_limit_s`."""


@dataclass(frozen=True)
class RunContext:
    """Where a run's checkpoint lies, and the signals that ask it to stop."""

    folder: Path
    stop: Stop


class Guard:
    """Is called between steps; costs nothing but a look at the clock where nothing is due."""

    def __init__(self, observer: Observer, training: Training, machine: Machine, place: RunContext | None) -> None:
        self._observer, self._training, self._place = observer, training, place
        self._every, self._limit = machine.checkpoint_s, machine.time_limit_s
        self._began = self._saved = time.monotonic()
        self._took = 0.0

    def resume(self) -> None:
        """Go on from the run's checkpoint; one that does not fit is set aside, and the run starts anew."""
        if self._place is None or not (path := self._place.folder / CHECKPOINT).is_file():
            return
        try:
            state = read_checkpoint(path, self._header())
            self._observer.fits(state["session"])
        except UnfitError as reason:
            path.replace(path.with_name(UNFIT))
            print(f"{path} is set aside as {UNFIT} and the run starts from its beginning: {reason}", file=sys.stderr)
            return
        self._training.load_state_dict(state["training"])
        self._observer.load_state_dict(state["session"], self._training)

    def stepped(self) -> None:
        """After a step that nobody looks at.

        Raises:
            Interrupted: a signal asked for the end; the run goes on from here when it is started again.
            TimeLimitError: so does one that took too long.
        """
        self._end()
        if isinstance(self._every, float) and self._every > 0 and self._due(self._every):
            self.save()

    def paused(self) -> None:
        """After an evaluation; raises as `stepped` does."""
        self._end()
        if isinstance(self._every, float) and self._due(self._every):
            self.save()

    def save(self) -> None:
        """Write a checkpoint; where that cannot be, it is told, and the run goes on without."""
        if self._place is None or self._every == "none":
            return
        started = time.monotonic()
        state = {"session": self._observer.state_dict(), "training": self._training.state_dict()}
        try:
            write_checkpoint(self._place.folder / CHECKPOINT, self._header(), state)
        except StorageError as error:
            print(f"no checkpoint: {error}", file=sys.stderr)
        self._saved = time.monotonic()
        self._took = self._saved - started

    def _header(self) -> dict[str, Any]:
        return header(self._observer.setup.spec, self._observer.setup.hardware, self._training.step_name)

    def _due(self, every: float) -> bool:
        least = every if every == 0 else max(every, self._took / MOST_SHARE)
        return time.monotonic() - self._saved >= least

    def _end(self) -> None:
        if self._place is not None and self._place.stop.requested:
            self._place.stop.unhurried()
            self.save()
            raise Interrupted(self._place.stop.requested)
        if self._limit is not None and time.monotonic() - self._began > self._limit:
            self.save()
            raise TimeLimitError(
                f"took longer than time_limit_s={self._limit:g}, at step {self._training.step}; the same command goes "
                "on from there"
            )
