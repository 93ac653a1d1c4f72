"""What timm's own loading makes of a state dict for a model: renamed, resampled, its first convolution adapted."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import torch
from timm.models import load_pretrained
from torch import nn

from harness.model.pretrained import StateDict

FILTERS = ("checkpoint_filter_fn", "_filter_fn", "_filter_torchvision_pretrained")
"""What timm calls the functions that rename and resample a checkpoint for an architecture, in the latter's module."""

FAILURES = (KeyError, RuntimeError, AttributeError, TypeError, ValueError, IndexError, AssertionError)
"""What they raise on a state dict that is none of theirs."""


def bare(model: nn.Module) -> nn.Module:
    """The library's model within what was put around it: a head of one's own, timm's wrapper for its features."""
    known = (each for each in model.modules() if isinstance(getattr(each, "pretrained_cfg", None), Mapping))
    core = next(known, getattr(model, "backbone", model))
    core = getattr(core, "_orig_mod", core)  # torch.compile's wrapper shows the attributes of what it wraps
    inner = getattr(core, "model", None)
    return inner if isinstance(inner, nn.Module) and hasattr(inner, "pretrained_cfg") else core


def checkpoint_filter(model: nn.Module) -> Any:
    """timm's function for checkpoints of this architecture, None where it has none; some take no model."""
    module = sys.modules[type(model).__module__]
    return next((getattr(module, name) for name in FILTERS if hasattr(module, name)), None)


def filtered(model: nn.Module, state: StateDict) -> StateDict | None:
    """The state dict as timm's filter for the architecture names it; None where there is none, or it fails on these."""
    rename = checkpoint_filter(model)
    if rename is None:
        return None
    try:
        found = rename(dict(state), *[model][: len(inspect.signature(rename).parameters) - 1])
        return {key: tensor for key, tensor in found.items() if isinstance(tensor, torch.Tensor)}
    except FAILURES:
        return None


def adapted(model: nn.Module, state: StateDict) -> StateDict:
    """The tensors that `timm.create_model(..., pretrained=True)` would fill this model with, by the model's own names.

    The loading is timm's own: its filter for the architecture, position tables resampled to the model's grid, and an
    input convolution adapted to its number of channels; only the last step, the filling, is left out. The head is kept.
    The state dict itself comes back where timm does not know the model, or can do nothing with the tensors.
    """
    config = getattr(model, "pretrained_cfg", None)
    if not isinstance(config, Mapping) or not state:
        return dict(state)
    asked = _Asked(model)
    source = {key: config.get(key) for key in ("input_size", "first_conv")}
    try:
        load_pretrained(
            asked,
            {"state_dict": dict(state), "num_classes": 0, **source},
            num_classes=0,
            in_chans=_channels(model, config, state),
            filter_fn=checkpoint_filter(model),
            strict=False,
        )
    except FAILURES:
        return dict(state)
    return asked.filled_with


class _Asked:
    """Stands for a model while it is loaded, and keeps what it would be filled with."""

    def __init__(self, model: nn.Module) -> None:
        self._model = model
        self.filled_with: StateDict = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    @property  # type: ignore[misc]
    def __class__(self) -> type:  # timm's filters ask for the kind of model
        return type(self._model)

    def load_state_dict(self, state: StateDict, strict: bool = True, assign: bool = False) -> Any:
        self.filled_with = dict(state)
        return SimpleNamespace(missing_keys=[], unexpected_keys=[])


def _channels(model: nn.Module, config: Mapping[str, Any], state: StateDict) -> int:
    """How many input channels the model has, by its first convolution; those of the weights where that tells nothing.

    A stem may count its channels several times over (space to depth), alike in model and weights.
    """
    own = int((config.get("input_size") or (3,))[0])
    names = config.get("first_conv") or ()
    for name in (names,) if isinstance(names, str) else names:
        try:
            layer = model.get_submodule(name)
        except AttributeError:
            continue
        weight = state.get(f"{name}.weight")
        if isinstance(layer, nn.Conv2d) and weight is not None and weight.ndim == 4 and weight.shape[1]:
            return own * layer.in_channels // (weight.shape[1] * layer.groups) or own
    return own
