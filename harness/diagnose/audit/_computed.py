"""Weights that are computed from other tensors: pruning, weight_norm, spectral_norm, any parametrization.

The tensor that is stored in the weight's place, of its shape, is called its carrier: `weight_orig`, `weight_v` or one
of `parametrizations.weight`. Right after wrapping it holds what the weight held before (orthogonal aside).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize
from torch.nn.utils.prune import BasePruningMethod
from torch.nn.utils.spectral_norm import SpectralNorm
from torch.nn.utils.weight_norm import WeightNorm

SETTLING = 15  # power iterations; torch's parametrization does as many when it is registered

STORED = {
    "weight_orig": "weight",
    "bias_orig": "bias",
    "weight_v": "weight",
    "parametrizations.weight.original": "weight",
    "parametrizations.weight.original1": "weight",
    "parametrizations.bias.original": "bias",
}


def carrier(layer: nn.Module) -> nn.Parameter:
    """The parameter behind a layer's weight: the weight itself, or the one of its shape that it is computed from."""
    weight = layer.weight
    assert isinstance(weight, Tensor)
    if isinstance(weight, nn.Parameter):
        return weight
    named = dict(layer.named_parameters())
    held = [named[name] for name in STORED if name in named and "bias" not in name]
    fitting = [each for each in (*held, *named.values()) if each.shape == weight.shape]
    assert fitting, f"{type(layer).__name__} has no parameter of its weight's shape"
    return fitting[0]


def zeroing(layer: nn.Module, written: str) -> str:
    """A line that makes a layer's weight zero, also where the weight is computed."""
    named = dict(layer.named_parameters())
    if parametrize.is_parametrized(layer, "weight"):
        return (
            f'torch.nn.utils.parametrize.remove_parametrizations({written}, "weight"); '
            f"torch.nn.init.zeros_({written}.weight)"
        )
    if "weight_g" in named:
        return f"torch.nn.init.zeros_({written}.weight_g)"
    if "weight_orig" in named and "weight_u" in dict(layer.named_buffers()):
        return f"torch.nn.utils.remove_spectral_norm({written}); torch.nn.init.zeros_({written}.weight)"
    return f"torch.nn.init.zeros_({written}.{'weight_orig' if 'weight_orig' in named else 'weight'})"


def stored_name(name: str, tensors: Mapping[str, Tensor]) -> str | None:
    """The name that a tensor had before its layer was wrapped; None for what the wrapping added."""
    for ending, before in STORED.items():
        if name == ending or name.endswith(f".{ending}"):
            start = name.removesuffix(ending)
            if ending == "weight_v" and f"{start}weight_g" not in tensors:
                return None  # a singular vector of spectral_norm
            return start + before
    parts = name.split(".")
    added = parts[-1] in ("weight_g", "weight_u", "weight_mask", "bias_mask")
    return None if added or "parametrizations" in parts else name


@contextmanager
def refreshed(*models: nn.Module) -> Iterator[None]:
    """Weights that hooks compute before a pass are computed now, from what they stand for; put back afterwards.

    The old form of spectral_norm is brought to its singular values: it starts from random vectors, and until training
    has found them the weight may be a hundred times too large. That changes buffers, which the caller puts back.
    """
    kept = [
        (module, hook.name if isinstance(hook, SpectralNorm | WeightNorm) else hook._tensor_name)
        for model in models
        for module in model.modules()
        for hook in module._forward_pre_hooks.values()
        if isinstance(hook, SpectralNorm | WeightNorm | BasePruningMethod)
    ]
    before = [(module, name, vars(module).get(name)) for module, name in kept]
    for module, _ in kept:
        for hook in module._forward_pre_hooks.values():
            if isinstance(hook, SpectralNorm):
                with torch.no_grad():
                    for _ in range(SETTLING):
                        hook.compute_weight(module, do_power_iteration=True)
            if isinstance(hook, SpectralNorm | WeightNorm | BasePruningMethod):
                hook(module, ())
    try:
        yield
    finally:
        for module, name, value in before:
            vars(module)[name] = value
