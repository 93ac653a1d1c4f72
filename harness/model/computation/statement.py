"""What a module states of the computation that it does: its class and its plain attributes."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from torch import nn

WITHOUT_EFFECT = frozenset(
    {"training", "inplace", "num_classes", "out_features", "pretrained_cfg", "default_cfg", "feature_info",
     "grad_checkpointing", "init_weights"}
)  # fmt: skip
"""Attributes that name, or that save memory, and compute nothing."""

NORM = ("eps", "momentum", "track_running_stats")
"""What of a norm layer may differ with hardly a trace in the outputs of one batch. The momentum shows in training
alone, and in eval mode only afterwards."""

Differences = dict[str, tuple[str, str]]
"""By attribute, how it stands in the first and in the second module, in words."""


def differences(first: nn.Module, second: nn.Module) -> Differences:
    """Classes, plain attributes, forward passes and hooks in which two modules themselves differ."""
    found: Differences = {}
    classes = type(first), type(second)
    if classes[0] is not classes[1] and _plain_class(classes[0]) != _plain_class(classes[1]):
        found["class"] = (_plain_class(classes[0]), _plain_class(classes[1]))
    ours, theirs = _stated(first), _stated(second)
    for name in dict.fromkeys([*ours, *theirs]):
        values = ours.get(name, "none"), theirs.get(name, "none")
        # Of another class, what only one of the two has is a matter of the class.
        if values[0] != values[1] and ("class" not in found or (name in ours and name in theirs)):
            found[name] = values
    layers = {name for name, _ in first.named_children()}, {name for name, _ in second.named_children()}
    if layers[0] != layers[1]:
        found["layers"] = _listed(layers[0] - layers[1]), _listed(layers[1] - layers[0])
    for what, each in (("hooks", _hooks), ("forward", _forward)):
        pair = each(first), each(second)
        if pair[0] != pair[1] and "class" not in found:
            found[what] = pair
    return found


def is_norm(module: nn.Module) -> bool:
    """BatchNorm, LayerNorm, GroupNorm, RMSNorm and their relatives: by their class' name, or by running statistics."""
    return "norm" in type(module).__name__.lower() or hasattr(module, "running_var")


def is_dropout(module: nn.Module) -> bool:
    """Dropout of units or of paths."""
    return any(word in type(module).__name__.lower() for word in ("dropout", "droppath", "stochasticdepth"))


def _plain_class(kind: type) -> str:
    return kind.__qualname__.rpartition(".")[2]


def _stated(module: nn.Module) -> dict[str, str]:
    found = {}
    for name, value in vars(module).items():
        if not name.startswith("_") and name not in WITHOUT_EFFECT and name != "forward":
            words = _words(value)
            if words is not None:
                found[name] = words
    return found


def _words(value: Any) -> str | None:
    """A value that can be compared by its words; None for any other."""
    if value is None or isinstance(value, bool | int | str | torch.dtype | torch.Size):
        return str(value)
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, tuple | list):
        words = [_words(each) for each in value]
        return None if None in words else f"({', '.join(map(str, words))})"
    if isinstance(value, partial):
        return f"{_words(value.func)} with {value.args or ''}{value.keywords or ''}"
    if isinstance(value, type) or (callable(value) and hasattr(value, "__qualname__")):
        return str(value.__qualname__).rpartition(".")[2]
    return None


def _hooks(module: nn.Module) -> str:
    count = len(module._forward_pre_hooks) + len(module._forward_hooks)
    return f"{count} that change or watch its passes" if count else "none"


def _forward(module: nn.Module) -> str:
    """Where the forward pass is written: on the class, or on the object where somebody put one there."""
    own = vars(module).get("forward")
    function = getattr(own, "__func__", own) or type(module).forward
    code = getattr(function, "__code__", None)
    return f"{getattr(function, '__qualname__', function)}" + (f", line {code.co_firstlineno}" if code and own else "")


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names)) or "none besides"
