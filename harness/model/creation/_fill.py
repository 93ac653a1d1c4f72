"""Tensors into a model."""

from __future__ import annotations

from collections import OrderedDict

from torch import nn

from harness.model.pretrained import StateDict


def fill(model: nn.Module, state: StateDict, strict: bool = True) -> None:
    """`model.load_state_dict(state)`.

    Tensors alone say nothing of the versions of their modules, which MNASNet insists on knowing: today's are assumed.

    Raises:
        RuntimeError: keys or shapes do not fit; under `strict=False` shapes alone.
    """
    versioned = OrderedDict(state)
    versioned._metadata = model.state_dict()._metadata  # type: ignore[attr-defined]
    model.load_state_dict(versioned, strict=strict)
