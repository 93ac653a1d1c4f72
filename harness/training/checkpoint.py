"""Checkpoints of a run, `checkpoint.pt` in its folder: written in one piece, and read where they fit."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import Any

import timm
import torch
import torchvision

from harness.records.store import written
from harness.spec.identity import numerics, run_id
from harness.spec.spec import Spec
from harness.training.hardware import Hardware

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
