"""Fixes as lines of Python that run for the model at hand."""

from __future__ import annotations

import keyword

from torch import Tensor, nn


def written(model: nn.Module, name: str, start: str = "model") -> str:
    """A module or parameter as an expression: `model.classifier[6]`, as `model.classifier.6` is no Python."""
    text, module = start, model
    for part in name.split(".") if name else ():
        indexed = isinstance(module, nn.Sequential | nn.ModuleList | nn.ParameterList)
        if indexed and part.isdigit():
            text += f"[{part}]"
        elif not part.isidentifier() or keyword.iskeyword(part):
            text += f"[{part!r}]" if isinstance(module, nn.ModuleDict) else f'._modules["{part}"]'
        else:
            text += f".{part}"
        module = getattr(module, part)
    return text


def new_layer(layer: nn.Module, rows: int) -> str:
    """A layer like this one, with another number of outputs."""
    weight = layer.weight
    assert isinstance(weight, Tensor)
    if weight.ndim == 4:
        assert isinstance(layer, nn.Conv2d)
        return f"torch.nn.Conv2d({layer.in_channels}, {rows}, {tuple(layer.kernel_size)})"
    bias = "" if getattr(layer, "bias", None) is not None else ", bias=False"
    return f"torch.nn.Linear({weight.shape[1]}, {rows}{bias})"
