"""Tensors from a weights file, read without running code that the file may hold."""

from __future__ import annotations

import pickle
from functools import lru_cache
from pathlib import Path

import safetensors.torch
import torch
from safetensors import SafetensorError
from timm.models import clean_state_dict

from harness.spec.errors import RequestError
from harness.weights.parts.pretrained import StateDict


def read_state_dict(file: Path) -> StateDict:
    """The state dict in a safetensors file or a torch checkpoint; the last few files stay in memory.

    Raises:
        RequestError: the file cannot be read, or is a pickle that would run code.
    """
    try:
        status = file.stat()
    except OSError as error:
        raise RequestError(f"weights.path: {file.name} cannot be read: {error.strerror}") from None
    return _read(file, status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=4)
def _read(file: Path, size: int, modified: int) -> StateDict:
    """Kept for each state that the file has on disk: one saved anew is read anew."""
    try:
        if file.suffix == ".safetensors":
            return safetensors.torch.load_file(file)
        checkpoint = torch.load(file, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError:
        raise RequestError(
            f"weights.path: {file.name} cannot be read as tensors alone: it holds other objects, and to unpickle "
            "them could run code; save its state_dict() by itself, best as safetensors"
        ) from None
    except (SafetensorError, OSError, EOFError, RuntimeError, ValueError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise RequestError(f"weights.path: {file.name} cannot be read as safetensors or tensors: {reason}") from None
    for key in ("state_dict_ema", "state_dict", "model"):  # the order in which timm looks, EMA first
        if isinstance(checkpoint, dict) and isinstance(checkpoint.get(key), dict):
            checkpoint = checkpoint[key]
            break
    if not isinstance(checkpoint, dict) or not all(isinstance(v, torch.Tensor) for v in checkpoint.values()):
        raise RequestError(f"weights.path: {file.name} holds no state dict of tensors")
    state: StateDict = clean_state_dict(checkpoint)
    return state
