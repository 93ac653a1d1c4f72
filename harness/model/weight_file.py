"""Tensors from a weights file, read as timm reads it and without running code that the file may hold."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from timm.models import load_state_dict

from harness.model.pretrained import StateDict
from harness.spec.errors import RequestError


def read_state_dict(file: Path) -> StateDict:
    """The state dict in a safetensors file or a torch checkpoint; the last few files stay in memory.

    It is timm's own reading: in a checkpoint the averaged weights come first (`state_dict_ema`, `model_ema`,
    `state_dict`, `model`), the prefixes of DistributedDataParallel and torch.compile are taken off, and of all classes
    `argparse.Namespace` alone is let through, which timm's training script saves.

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
        state: dict[str, Any] = load_state_dict(str(file))
    except (SafetensorError, OSError, EOFError, RuntimeError, ValueError, AttributeError, pickle.PickleError) as error:
        if isinstance(error, pickle.UnpicklingError) or isinstance(error.__cause__, pickle.UnpicklingError):
            raise RequestError(
                f"weights.path: {file.name} cannot be read as tensors alone: it holds other objects, and to unpickle "
                "them could run code; save its state_dict() by itself, best as safetensors"
            ) from None
        if isinstance(error, AttributeError):  # timm asks what was saved for its keys
            raise RequestError(f"weights.path: {file.name} holds no state dict of tensors") from None
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise RequestError(f"weights.path: {file.name} cannot be read as safetensors or tensors: {reason}") from None
    if not state or not all(isinstance(tensor, torch.Tensor) for tensor in state.values()):
        raise RequestError(f"weights.path: {file.name} holds no state dict of tensors{_elsewhere(state)}")
    return state


def _elsewhere(state: Mapping[str, Any]) -> str:
    """Where the tensors lie instead, if they lie one level deeper."""
    for key, value in state.items():
        if isinstance(value, Mapping) and any(isinstance(each, torch.Tensor) for each in value.values()):
            return (
                f" where timm looks for one; its tensors lie under '{key}': save torch.load(...)['{key}'] by itself, "
                "best as safetensors"
            )
    return ""
