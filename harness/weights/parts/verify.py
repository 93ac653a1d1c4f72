"""Which tensors of a backbone were really loaded: compared value by value with those in the weights."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import nn

from harness.weights.parts.pretrained import StateDict

COUNTERS = "num_batches_tracked"


@dataclass(frozen=True)
class Verification:
    """How many backbone tensors should have come from the weights, how many did, and which did not."""

    expected: int
    loaded: int
    not_loaded: tuple[str, ...]


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

    A tensor counts as loaded when the weights hold it under its name with the same values (in the model's type),
    or with another shape, which timm resamples (position embeddings, input convolutions).
    """
    rename = getattr(sys.modules[type(model).__module__], "checkpoint_filter_fn", None)
    if rename is not None:
        state = rename(dict(state), model)
    tensors = backbone_tensors(model, heads)
    missing = []
    for name, tensor in tensors.items():
        source = state.get(name)
        if source is None or (source.shape == tensor.shape and not torch.equal(source.to(tensor.dtype), tensor)):
            missing.append(name)
    return Verification(len(tensors), len(tensors) - len(missing), tuple(missing))
