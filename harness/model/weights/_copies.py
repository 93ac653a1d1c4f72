"""Files whose keys had to be changed, written once under the architecture's names for whatever reads a file."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from functools import cache
from pathlib import Path

import safetensors.torch
import timm
from safetensors import SafetensorError

from harness.model.weights._named import Named
from harness.spec.errors import StorageError
from harness.spec.paths import default_cache
from harness.spec.spec import Spec


def renamed_copy(spec: Spec, named: Named) -> Path:
    """A safetensors file with the renamed tensors, among this package's caches; written where it is not there.

    It is known by the content of the source, the architecture as asked for, and timm, whose filter may change.
    """
    asked = [spec.weights.fingerprint, spec.backbone.model_dump_json(), spec.data.size, named.changes, timm.__version__]
    digest = hashlib.sha256(json.dumps(asked).encode()).hexdigest()[:16]
    copy = _folder() / f"{digest}.safetensors"
    if not copy.is_file():
        handle, partly = tempfile.mkstemp(dir=copy.parent, suffix=".partly")
        os.close(handle)
        tensors = {key: tensor.detach().clone().contiguous() for key, tensor in named.state.items()}
        try:
            safetensors.torch.save_file(tensors, partly)
            os.replace(partly, copy)
        except (OSError, SafetensorError) as error:
            Path(partly).unlink(missing_ok=True)
            raise StorageError(f"weights: no copy of {spec.weights.label} could be written: {error}") from None
    return copy


@cache
def _folder() -> Path:
    """Below the caches, or where nothing can be written there, for this process alone."""
    folder = default_cache() / "weights"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return Path(tempfile.mkdtemp(prefix="harness-weights-"))
    return folder if os.access(folder, os.W_OK) else Path(tempfile.mkdtemp(prefix="harness-weights-"))
