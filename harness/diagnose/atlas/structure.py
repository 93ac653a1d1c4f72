"""What an architecture's head is: how it is initialised, what stands around it, what it gives."""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from typing import Any

import torch
from torch import nn

from harness.diagnose.atlas.libraries import Library
from harness.model.heads import HeadLayer, head_layer
from harness.model.heads.distributions import Distribution, Values, recognise

SAME = 0.1
"""Heads of one model whose standard deviations differ by less than this fraction have the same distribution."""


def drawn(model: nn.Module, heads: tuple[str, ...]) -> dict[str, Any]:
    """Columns `std`, `law`, `scale`, `cut`, `bias` and `bias_std` of the first head, `rows` of all."""
    layers = [head_layer(model, name) for name in heads]
    return _columns(layers[0]) | {"rows": " ".join(str(layer.weight.shape[0]) for layer in layers)}


def differ(model: nn.Module, heads: tuple[str, ...]) -> bool:
    """Whether the heads of one model are drawn from different distributions."""
    first, *others = [_columns(head_layer(model, name)) for name in heads]
    return any(other["law"] != first["law"] or _apart(other["std"], first["std"]) for other in others)


def numbers(layer: HeadLayer) -> tuple[Values, Values | None]:
    """Weight and bias as numpy arrays in double precision."""
    bias = None if layer.bias is None else layer.bias.detach().double().numpy()
    return layer.weight.detach().double().numpy(), bias


def _columns(layer: HeadLayer) -> dict[str, Any]:
    weight, bias = numbers(layer)
    distribution = recognise(weight)
    bias_distribution = Distribution("none") if bias is None else recognise(bias)
    return {
        "std": _short(float(weight.std())),
        "law": distribution.name,
        "scale": _short(distribution.scale),
        "cut": _short(distribution.cut),
        "bias": _named(bias_distribution),
        "bias_std": None if bias is None else _short(float(bias.std())),
    }


def _named(distribution: Distribution) -> str:
    """A constant is told with its value: there is no scale beside it."""
    return f"constant {_short(distribution.scale)}" if distribution.name == "constant" else distribution.name


def _apart(first: float, second: float) -> bool:
    return abs(first - second) > SAME * max(first, second)


def _short(value: float | None) -> float | None:
    """Six digits: what a table can be compared by on another machine."""
    return None if value is None else float(f"{value:.6g}")


BATCH = 2
LONGEST = 160


class Outputs:
    """The features of a small batch, computed once; any head of the same backbone can be tried on them."""

    def __init__(self, library: Library, model: nn.Module) -> None:
        self._library = library
        self._features: Any = None
        self._fault = ""
        try:
            with torch.no_grad(), torch.device("meta"):
                images = torch.empty(BATCH, *library.side(model))
                self._features = library.features(model.to("meta").eval(), images)
        except Exception as error:  # whatever a library's forward pass raises is the finding
            self._fault = fault(error)

    def shape(self, model: nn.Module) -> str:
        """The shape of the logits, as `2x10`, or what went wrong."""
        if self._fault:
            return self._fault
        try:
            with torch.no_grad(), torch.device("meta"):
                logits = self._library.logits(model.to("meta").eval(), self._features)
        except Exception as error:
            return fault(error)
        return "x".join(map(str, logits.shape)) if isinstance(logits, torch.Tensor) else type(logits).__name__


def fault(error: Exception) -> str:
    """An error in one line that is the same in every process."""
    text = (str(error).strip().splitlines() or [""])[0]
    return f"{type(error).__name__}: {re.sub(r'0x[0-9a-f]+', '0x...', text)}"[:LONGEST]


Snapshot = dict[str, str]

SETTINGS = ("global_pool", "pool_type", "drop_rate")
"""Plain attributes that change what the forward pass does."""

POOLS = ("global_pool", "avgpool", "attn_pool", "pool_type")

PARTS = {"pool": ("Pool",), "norm": ("Norm",), "dropout": ("Dropout",), "hidden layer": ("Linear", "Conv")}
"""Parts of a head module beside its last layer, by what their classes are called."""


def snapshot(model: nn.Module, heads: Iterable[str]) -> Snapshot:
    """Every module but the heads, and every setting, as text under its name."""
    skipped = {"", *heads}
    found = {}
    for name, module in model.named_modules():
        if name not in skipped:
            found[name] = f"{type(module).__name__}({module.extra_repr()})"
        for setting in SETTINGS:
            value = getattr(module, setting, None)
            if isinstance(value, str | float | int):
                found[f"{name}.{setting}".lstrip(".")] = repr(value)
    return found


def changes(before: Snapshot, after: Snapshot) -> list[str]:
    """What is gone, new or other, in a line each; of a module that is gone or new whole, only its own name."""
    gone, new = before.keys() - after.keys(), after.keys() - before.keys()
    lost = [f"lost {name}: {text}" for name, text in before.items() if name in gone and not _within(name, gone)]
    come = [f"new {name}: {text}" for name, text in after.items() if name in new and not _within(name, new)]
    other = [f"{name}: {text} -> {after[name]}" for name, text in before.items() if after.get(name, text) != text]
    return lost + come + other


def _within(name: str, names: AbstractSet[str]) -> bool:
    """Whether a module that contains this one is among the names."""
    parts = name.split(".")
    return any(".".join(parts[:end]) in names for end in range(1, len(parts)))


def top(name: str) -> str:
    """The model's own attribute that holds a head."""
    return name.partition(".")[0]


def parts(model: nn.Module, heads: tuple[str, ...]) -> list[str]:
    """What else lies under the attributes that hold the heads: what replacing such an attribute destroys."""
    owners = dict.fromkeys(top(name) for name in heads)
    classes = [
        type(module).__name__
        for owner in owners
        for name, module in model.get_submodule(owner).named_modules(prefix=owner)
        if name not in heads and name != owner and getattr(module, "p", None) != 0.0  # a dropout that is switched off
    ]
    return [part for part, words in PARTS.items() if any(word in kind for word in words for kind in classes)]


def pool(model: nn.Module, heads: tuple[str, ...]) -> str:
    """The model's pooling as its own attributes tell it; empty where it is written into the forward pass."""
    owners = [model, *(model.get_submodule(owner) for owner in dict.fromkeys(top(name) for name in heads))]
    told = []
    for owner in owners:
        for name in POOLS:
            value = getattr(owner, name, None)
            if isinstance(value, str):
                told.append(value)
            elif isinstance(value, nn.Module) and not isinstance(value, nn.Identity):
                told.append(getattr(value, "pool_type", None) or type(value).__name__)
    return " + ".join(dict.fromkeys(text for text in told if text))
