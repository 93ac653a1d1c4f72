"""Which tensors of a backbone were really loaded: compared value by value with those in the weights."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import nn

from harness.weights.parts.pretrained import StateDict

COUNTERS = "num_batches_tracked"


@dataclass(frozen=True)
class Verification:
    """How many backbone tensors should have come from the weights, how many did, and which did not.

    `lost` are those among the latter whose module the weights do hold. The others belong to modules of which the
    weights know nothing, as another pooling brings them along.
    """

    expected: int
    loaded: int
    not_loaded: tuple[str, ...]
    lost: tuple[str, ...] = ()


def backbone_tensors(model: nn.Module, heads: Iterable[str]) -> dict[str, torch.Tensor]:
    """Parameters and buffers outside the heads, by name; BatchNorm's step counters left out."""
    prefixes = tuple(f"{head}." for head in heads)
    return {
        name: tensor
        for name, tensor in model.state_dict().items()
        if not name.startswith(prefixes) and not name.endswith(COUNTERS)
    }


def verify(model: nn.Module, heads: Iterable[str], state: StateDict) -> Verification:
    """Compare the backbone with the weights, after the same renaming of keys that timm does for the architecture.

    A tensor counts as loaded when the weights hold it under its name with the same values (in the model's type), or
    with another shape, which timm resamples (position embeddings, input convolutions). A wrapper may have renamed
    it; then it counts when the weights hold the same values under any name.
    """
    core = getattr(model, "backbone", model)
    rename = getattr(sys.modules[type(core).__module__], "checkpoint_filter_fn", None)
    if rename is not None:
        state = rename(dict(state), core)
    prefix = "backbone." if core is not model else ""
    tensors = backbone_tensors(model, heads)
    missing = [name for name, tensor in tensors.items() if not _same(tensor, state.get(name.removeprefix(prefix)))]
    if missing:
        held = {_digest(tensor) for tensor in state.values()}
        missing = [name for name in missing if _digest(tensors[name]) not in held]
    modules = {name.partition(".")[0] for name in state}
    lost = tuple(name for name in missing if name.removeprefix(prefix).partition(".")[0] in modules)
    return Verification(len(tensors), len(tensors) - len(missing), tuple(missing), lost)


def _same(tensor: torch.Tensor, source: torch.Tensor | None) -> bool:
    if source is None:
        return False
    return source.shape != tensor.shape or torch.equal(source.to(tensor.dtype), tensor)


def _digest(tensor: torch.Tensor) -> tuple[torch.Size, bytes]:
    """Shape and values: what a tensor is, whatever it is called."""
    values = tensor.detach().float().contiguous().view(-1).view(torch.uint8).numpy()
    return tensor.shape, hashlib.sha256(values.tobytes()).digest()
