"""What a head was drawn from: law, scale and bias of its layer, as columns of the atlas."""

from __future__ import annotations

from typing import Any

from torch import nn

from harness.model.heads.distributions import Distribution, Values, recognise
from harness.model.heads.find import HeadLayer, head_layer

SAME = 0.1
"""Heads of one model whose standard deviations differ by less than this share have the same law."""


def drawn(model: nn.Module, heads: tuple[str, ...]) -> dict[str, Any]:
    """Columns `std`, `law`, `scale`, `cut`, `bias` and `bias_std` of the first head, `rows` of all."""
    layers = [head_layer(model, name) for name in heads]
    return _columns(layers[0]) | {"rows": " ".join(str(layer.weight.shape[0]) for layer in layers)}


def differ(model: nn.Module, heads: tuple[str, ...]) -> bool:
    """Whether the heads of one model are drawn from different laws."""
    first, *others = [_columns(head_layer(model, name)) for name in heads]
    return any(other["law"] != first["law"] or _apart(other["std"], first["std"]) for other in others)


def numbers(layer: HeadLayer) -> tuple[Values, Values | None]:
    """Weight and bias as numpy arrays in double precision."""
    bias = None if layer.bias is None else layer.bias.detach().double().numpy()
    return layer.weight.detach().double().numpy(), bias


def _columns(layer: HeadLayer) -> dict[str, Any]:
    weight, bias = numbers(layer)
    law = recognise(weight)
    bias_law = Distribution("none") if bias is None else recognise(bias)
    return {
        "std": _short(float(weight.std())),
        "law": law.name,
        "scale": _short(law.scale),
        "cut": _short(law.cut),
        "bias": bias_law.name,
        "bias_std": None if bias is None else _short(float(bias.std())),
    }


def _apart(first: float, second: float) -> bool:
    return abs(first - second) > SAME * max(first, second)


def _short(value: float | None) -> float | None:
    """Six digits: what a table can be compared by on another machine."""
    return None if value is None else float(f"{value:.6g}")
