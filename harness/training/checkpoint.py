"""Checkpoints of a run, `checkpoint.pt` in its folder, and what watches over it between steps: signals, time limit."""

from __future__ import annotations

import hashlib
import io
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import timm
import torch
import torchvision

from harness.records.store import CHECKPOINT, written
from harness.spec.errors import StorageError
from harness.spec.identity import numerics, run_id
from harness.spec.machine import Machine
from harness.spec.spec import Spec
from harness.training.hardware import Hardware
from harness.training.loop import Training
from harness.training.observer import Observer
from harness.training.stop import Interrupted, Stop

FORMAT = 1
UNFIT = "checkpoint.unfit.pt"
"""What a checkpoint is called that was set aside."""


class UnfitError(Exception):
    """A checkpoint that cannot be read, or is not of this run as it is computed here."""


def header(spec: Spec, hardware: Hardware, step: str) -> dict[str, Any]:
    """What must be equal for the rest of a run to be what it would have been without an interruption.

    `step` is the name of how one step is computed.
    """
    return {
        "format": FORMAT,
        "step": step,
        "run": run_id(spec),
        "numerics": numerics(spec),
        "torch": str(torch.__version__),
        "torchvision": str(torchvision.__version__),
        "timm": timm.__version__,
        "device": hardware.device.type,
        "gpu": hardware.gpu,
        "cpu": torch.backends.cpu.get_cpu_capability(),
        "precision": hardware.precision,
        "threads": torch.get_num_threads(),
    }


def write_checkpoint(path: Path, head: dict[str, Any], state: dict[str, Any]) -> None:
    """Write a state in place of the last one; whoever reads, or a crash, never meets half of it.

    torch's own format would be read without complaint where a bit has changed, so the state lies in it as bytes beside
    their SHA-256.

    Raises:
        StorageError: it cannot be written; the last one is still there.
    """
    inner = io.BytesIO()
    torch.save(state, inner)
    content = torch.frombuffer(inner.getbuffer(), dtype=torch.uint8)
    with written(path) as stream:
        try:
            torch.save({"header": head, "sha256": _digest(content), "state": content}, stream)
        except RuntimeError as error:  # torch's word for a stream that could not be written
            if isinstance(error.__context__, OSError):
                raise error.__context__ from error
            raise OSError(" ".join(str(error).split())) from error


def read_checkpoint(path: Path, head: dict[str, Any]) -> dict[str, Any]:
    """The state in a checkpoint; nothing but tensors and plain values is ever loaded from it.

    Raises:
        UnfitError: it cannot be read, or was not made with this header.
    """
    try:
        outer = torch.load(path, map_location="cpu", weights_only=True)
        found, content = outer["header"], outer["state"]
        whole = outer["sha256"] == _digest(content)
    except Exception as error:  # torch raises whatever it stumbles over
        raise UnfitError(f"it cannot be read ({type(error).__name__})") from error
    if not whole:
        raise UnfitError("its content has changed since it was written")
    for name, value in head.items():
        if found.get(name) != value:
            raise UnfitError(f"it was made with {name} {found.get(name)}, and here it is {value}")
    state: dict[str, Any] = torch.load(io.BytesIO(content.numpy().tobytes()), map_location="cpu", weights_only=True)
    return state


def _digest(content: torch.Tensor) -> str:
    return hashlib.sha256(content.numpy().data).hexdigest()


LARGEST_FRACTION = 0.05
"""The largest fraction of a run's time that goes into checkpoints: the larger they are, the fewer are written."""


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
            if not self._observer.begins_as(state["session"]):
                raise UnfitError("its run began differently: images, weights or code have changed")
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
        least = every if every == 0 else max(every, self._took / LARGEST_FRACTION)
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
