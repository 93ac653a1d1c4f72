"""The layers that really make the logits, and whether they are freshly drawn."""

from __future__ import annotations

import math
from collections.abc import Iterable

from torch import Tensor, nn

from harness.heads.find import find_heads
from harness.spec.errors import ImpossibleCell

HEAD_NAMES = ("classifier", "fc", "head", "heads", "last_linear", "output", "logits", "linear")
KURTOSIS = {"uniform": -1.2, "normal": 0.0, "normal cut at two deviations": -0.634}  # excess, of each law
ERRORS = 3.0  # standard errors within which a kurtosis counts as a law's


def is_layer(module: nn.Module) -> bool:
    """Whether a module could be a head."""
    return isinstance(module, nn.Linear | nn.Conv2d)


def used_heads(model: nn.Module, width: int | None, connected: frozenset[str]) -> tuple[str, ...]:
    """Heads that the logits depend on: those found by name and kind, else the last layer of the logits' width."""
    try:
        named = find_heads(model, width)
    except ImpossibleCell:
        named = ()
    used = tuple(name for name in named if f"{name}.weight" in connected)
    if used:
        return used
    fitting = [
        name
        for name, module in model.named_modules()
        if is_layer(module) and f"{name}.weight" in connected and (width is None or _rows(module) == width)
    ]
    return tuple(fitting[-1:])


def classifiers(model: nn.Module, classes: int | None) -> tuple[str, ...]:
    """Layers that could be a classifier: by a name in use for one, or by as many outputs as there are classes."""
    return tuple(
        name
        for name, module in model.named_modules()
        if is_layer(module) and (bool(set(name.split(".")) & set(HEAD_NAMES)) or _rows(module) == classes)
    )


def _rows(module: nn.Module) -> int:
    """Outputs of a Linear or a convolution."""
    weight = module.weight
    assert isinstance(weight, Tensor)
    return weight.shape[0]


def looks_fresh(layer: nn.Module, state: Iterable[Tensor] = ()) -> bool:
    """Whether a head was drawn and not trained.

    A fresh head's bias is constant, or its weights follow one of the laws that heads are drawn from, which training
    does not leave them in: told by their kurtosis. A head that equals a tensor of `state` is not fresh.
    """
    weight, bias = layer.weight, getattr(layer, "bias", None)
    assert isinstance(weight, Tensor)
    if any(each.shape == weight.shape and each.equal(weight.detach().cpu().to(each.dtype)) for each in state):
        return False
    if bias is None or float(bias.detach().std(correction=0)) == 0 or not bool((weight != 0).any()):
        return True
    values = weight.detach().double().flatten()
    deviations = (values - values.mean()) / values.std(correction=0).clamp_min(1e-30)
    kurtosis = float(deviations.pow(4).mean()) - 3
    error = math.sqrt(24 / len(values))  # of a normal sample's kurtosis
    return any(abs(kurtosis - law) < ERRORS * error for law in KURTOSIS.values())


def spread(weight: Tensor) -> float:
    """Standard deviation of a head's weights."""
    return float(weight.detach().float().std(correction=0))
