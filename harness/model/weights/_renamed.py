"""The tensors of a file under the names of the architecture that they were saved from, and copies of such files."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import safetensors.torch
import timm
from safetensors import SafetensorError
from torch import nn

from harness.model.options import head_names, skeleton
from harness.model.pretrained import StateDict
from harness.model.verify import filtered
from harness.spec.errors import RequestError, StorageError
from harness.spec.paths import default_cache
from harness.spec.spec import Spec

MOST_DEEP = 3
"""How many names may stand before an architecture's own: `model.`, `state.model.encoder.`."""


@dataclass(frozen=True)
class Named:
    """A state dict by the architecture's names.

    `found` is the fraction of the backbone's tensors that are in `state`; `changes` says in words what was done to the
    file's keys, and is empty where they are the architecture's already.
    """

    state: StateDict
    found: float
    changes: tuple[str, ...] = ()


def named(spec: Spec, state: StateDict, file: str) -> Named:
    """Look for a state dict's names among those of the architecture, then of timm's filter, then behind a prefix.

    A prefix is taken off where the whole backbone lies behind it, and behind no other.

    Raises:
        RequestError: the whole backbone lies behind several prefixes.
    """
    model = skeleton(spec)
    if model is None:
        return Named(state, 0.0)
    wanted = _backbone(model, head_names(spec, model))
    here = _renamed(model, wanted, state)
    if here.found == 1:
        return here
    whole = {}
    for prefix in _prefixes(state, len(wanted)):
        inside = {key.removeprefix(prefix): tensor for key, tensor in state.items() if key.startswith(prefix)}
        behind = _renamed(model, wanted, inside)
        if behind.found == 1:
            whole[prefix] = Named(behind.state, 1.0, (f"'{prefix}' taken off its keys", *behind.changes))
    if len(whole) > 1:
        raise RequestError(
            f"weights.path: {file} holds {spec.backbone.name} {len(whole)} times, behind {' and '.join(whole)}; save "
            "the one that you mean by itself"
        )
    return next(iter(whole.values()), here)


def _backbone(model: nn.Module, heads: tuple[str, ...]) -> frozenset[str]:
    """Names of the floating-point tensors outside the heads."""
    prefixes = tuple(f"{head}." for head in heads)
    return frozenset(
        name
        for name, tensor in model.state_dict().items()
        if tensor.is_floating_point() and not name.startswith(prefixes or ("\0",))
    )


def _renamed(model: nn.Module, wanted: frozenset[str], state: StateDict) -> Named:
    """As it is, or as timm's filter names it, whichever has more of the backbone."""
    plain = Named(state, _fraction(wanted, state))
    renamed = None if plain.found == 1 else filtered(model, state)
    if renamed is None:
        return plain
    other = Named(renamed, _fraction(wanted, renamed), ("keys renamed by timm's filter for the architecture",))
    return other if other.found > plain.found else plain


def _fraction(wanted: frozenset[str], state: StateDict) -> float:
    return sum(name in state for name in wanted) / max(1, len(wanted))


def _prefixes(state: StateDict, least: int) -> list[str]:
    """What stands before the first few dots of the keys, where enough keys share it."""
    counted: Counter[str] = Counter()
    for key in state:
        parts = key.split(".")
        counted.update(".".join(parts[:depth]) + "." for depth in range(1, min(MOST_DEEP, len(parts) - 1) + 1))
    return [prefix for prefix, count in counted.items() if count >= least]


def renamed_copy(spec: Spec, named: Named) -> Path:
    """A safetensors file with the renamed tensors; see `kept_copy`.

    It is known by the content of the source, the architecture as asked for, and timm, whose filter may change.
    """
    asked = [spec.weights.fingerprint, spec.backbone.model_dump_json(), spec.data.size, named.changes, timm.__version__]
    return kept_copy(asked, named.state, str(spec.weights.label))


def kept_copy(known_by: Sequence[Any], state: StateDict, label: str) -> Path:
    """A safetensors file with these tensors, among this package's caches; written where there is none yet.

    Raises:
        StorageError: it cannot be written.
    """
    digest = hashlib.sha256(json.dumps(known_by).encode()).hexdigest()[:16]
    copy = _folder() / f"{digest}.safetensors"
    if not copy.is_file():
        handle, partly = tempfile.mkstemp(dir=copy.parent, suffix=".partly")
        os.close(handle)
        tensors = {key: tensor.detach().clone().contiguous() for key, tensor in state.items()}
        try:
            safetensors.torch.save_file(tensors, partly)
            os.replace(partly, copy)
        except (OSError, SafetensorError) as error:
            Path(partly).unlink(missing_ok=True)
            raise StorageError(f"weights: no copy of {label} could be written: {error}") from None
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
