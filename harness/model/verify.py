"""Which tensors of a model were really loaded: compared value by value with what timm makes of the weights."""

from __future__ import annotations

import hashlib
import inspect
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
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


COUNTERS = "num_batches_tracked"


@dataclass(frozen=True)
class Verification:
    """How many backbone tensors should have come from the weights, how many did, and which did not.

    `lost` are those among the latter whose module the weights do hold. The others belong to modules of which the
    weights know nothing, as another pooling brings them along. `heads` are for each head the keys in the weights that
    its values were read from, none for a head that was initialised anew.
    """

    expected: int
    loaded: int
    not_loaded: tuple[str, ...]
    lost: tuple[str, ...] = ()
    heads: tuple[tuple[str, ...], ...] = ()


def backbone_tensors(model: nn.Module, heads: Iterable[str]) -> dict[str, torch.Tensor]:
    """Parameters and buffers outside the heads, by name; BatchNorm's step counters left out."""
    prefixes = tuple(f"{head}." for head in heads)
    return {
        name: tensor
        for name, tensor in model.state_dict().items()
        if not name.startswith(prefixes) and not name.endswith(COUNTERS)
    }


def verify(model: nn.Module, heads: Iterable[str], state: StateDict, neck: Iterable[str] = ()) -> Verification:
    """Compare the backbone with the weights as timm itself would put them into this very model.

    A tensor counts as loaded when it has the values (in the model's type) that timm gives it under its name: those of
    the weights, or what timm resamples them to (position tables, input convolutions). A wrapper may have renamed it;
    then it counts when the weights hold the same values under any name. Everything else is not loaded: a tensor of
    another shape among it. `neck` are modules between backbone and heads that no weights hold.
    """
    heads = tuple(heads)
    core = bare(model)
    state = adapted(core, state)
    prefix = next((f"{name}." for name, module in model.named_modules() if module is core and name), "")
    tensors = backbone_tensors(model, (*heads, *neck))
    missing = [name for name, tensor in tensors.items() if not same(tensor, state.get(name.removeprefix(prefix)))]
    held = _Held(state)
    missing = [name for name in missing if name.removeprefix(prefix) in state or tensors[name] not in held]
    modules = {name.partition(".")[0] for name in state}
    lost = tuple(name for name in missing if name.removeprefix(prefix).partition(".")[0] in modules)
    sources = tuple(_sources(model, head, prefix, state, held) for head in heads)
    return Verification(len(tensors), len(tensors) - len(missing), tuple(missing), lost, sources)


def same(tensor: torch.Tensor, source: torch.Tensor | None) -> bool:
    """Whether a tensor [...] has the source's shape and, in its own type, its values."""
    if source is None or source.shape != tensor.shape:
        return False
    return torch.equal(source.to(tensor.device, tensor.dtype), tensor.detach())


class _Held:
    """Tensors by their values, looked through when first asked."""

    def __init__(self, state: StateDict) -> None:
        self._state = state
        self._names: dict[tuple[torch.Size, bytes], str] = {}

    def __contains__(self, tensor: torch.Tensor) -> bool:
        return self.name(tensor) is not None

    def name(self, tensor: torch.Tensor) -> str | None:
        """The name of the first tensor with these values."""
        if not self._names:
            for name, each in self._state.items():
                self._names.setdefault(_digest(each), name)
        return self._names.get(_digest(tensor))


def _sources(model: nn.Module, head: str, prefix: str, state: StateDict, held: _Held) -> tuple[str, ...]:
    """Keys of the weights that hold a head's values; none where its matrix is not among them.

    A constant, such as a bias of zeros, says nothing of where it came from: it counts beside its matrix alone.
    """
    layer = model.get_submodule(head)
    weight, bias = layer.weight, layer.bias
    assert isinstance(weight, torch.Tensor)
    own = f"{head.removeprefix(prefix)}.weight"
    if same(weight, state.get(own)):
        key: str | None = own
    else:
        alike = any(each.shape == weight.shape for each in state.values())
        key = held.name(weight) if alike and float(weight.detach().float().std(correction=0)) > 0 else None
    if key is None:
        return ()
    beside = f"{key.removesuffix('weight')}bias"
    return (key, beside) if isinstance(bias, torch.Tensor) and same(bias, state.get(beside)) else (key,)


def _digest(tensor: torch.Tensor) -> tuple[torch.Size, bytes]:
    """Shape and values: what a tensor is, whatever it is called."""
    values = tensor.detach().cpu().float().contiguous().view(-1).view(torch.uint8).numpy()
    return tensor.shape, hashlib.sha256(values.tobytes()).digest()
