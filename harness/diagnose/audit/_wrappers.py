"""What people wrap around models and layers: compiling, data parallelism, peft's adapters, computed weights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize
from torch.nn.utils.prune import BasePruningMethod
from torch.nn.utils.spectral_norm import SpectralNorm
from torch.nn.utils.weight_norm import WeightNorm

COMPILED = "_orig_mod"
PARALLEL = (nn.DataParallel, nn.parallel.DistributedDataParallel)
PREFIXES = (f"{COMPILED}.", "module.")


def unwrapped(model: nn.Module) -> tuple[nn.Module, str]:
    """The module that a compiled or parallel one calls, and how to write it in Python, starting from `model`.

    A compiled module has the very modules and parameters of the one that it was made from, and passes attributes on
    to it; so it is written `model`.
    """
    written = "model"
    while True:
        inner = getattr(model, COMPILED, None) if type(model).__name__ == "OptimizedModule" else None
        if isinstance(inner, nn.Module):
            model = inner
        elif isinstance(model, PARALLEL):
            model, written = model.module, f"{written}.module"
        else:
            return model, written


def name_inside(name: str) -> str:
    """A parameter's name without what the outer wrappers put before it."""
    while name.startswith(PREFIXES):
        name = name.partition(".")[2]
    return name


def stating(model: nn.Module) -> tuple[str, nn.Module]:
    """Name and module of what says which layer classifies (timm's models do): the model itself, or one inside it.

    The model itself, under the empty name, where none says so.
    """
    for name, module in model.named_modules():
        if hasattr(type(module), "get_classifier"):
            return name, module
    return "", model


def _tuners(model: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """Layers with an adapter beside them (peft's BaseTunerLayer)."""
    for name, module in model.named_modules():
        if isinstance(getattr(type(module), "adapter_layer_names", None), tuple) and hasattr(module, "base_layer"):
            yield name, module


def _copies(model: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """Modules that train as a copy beside the original (peft's `modules_to_save`)."""
    for name, module in model.named_modules():
        kept = module._modules
        if isinstance(kept.get("original_module"), nn.Module) and isinstance(
            kept.get("modules_to_save"), nn.ModuleDict
        ):
            yield name, module


def has_adapters(model: nn.Module) -> bool:
    """Whether peft decided what learns in this model."""
    return any(True for _ in _tuners(model)) or any(True for _ in _copies(model))


def _joined(*parts: str) -> str:
    return ".".join(part for part in parts if part)


def adapter_modules(model: nn.Module) -> tuple[str, ...]:
    """Names of the modules that adapters consist of, of all adapters."""
    return tuple(
        _joined(name, kind)
        for name, module in _tuners(model)
        for kind in type(module).adapter_layer_names  # type: ignore[attr-defined]
    )


def unused_copies(model: nn.Module) -> tuple[str, ...]:
    """Names of modules that are kept on purpose and not used: originals of copies, adapters that are not active."""
    found = []
    for name, module in _copies(model):
        active = _active(module)
        copies = module._modules["modules_to_save"]
        assert isinstance(copies, nn.ModuleDict)
        kept = [key for key in copies if key not in active]
        if any(key in active for key in copies):
            found.append(_joined(name, "original_module"))
        found += [_joined(name, "modules_to_save", key) for key in kept]
    for name, module in _tuners(model):
        for kind in type(module).adapter_layer_names:  # type: ignore[attr-defined]
            held = module._modules.get(kind)
            keys = list(held) if isinstance(held, nn.ModuleDict) else []
            found += [_joined(name, kind, key) for key in keys if key not in _active(module)]
    return tuple(found)


def _active(module: nn.Module) -> tuple[str, ...]:
    named: Any = getattr(module, "active_adapters", None) or getattr(module, "active_adapter", ())
    return (named,) if isinstance(named, str) else tuple(named)


def under_adapter(model: nn.Module, layer: str) -> bool:
    """Whether an adapter learns beside a layer, the layer itself being frozen."""
    prefixes = tuple(f"{name}." for name, _ in _tuners(model))
    start = layer.rpartition(".")[0]
    return f"{start}.".startswith(prefixes) if prefixes else False


def name_before_peft(name: str) -> str | None:
    """The name of a tensor before peft wrapped the model; None for what an adapter added."""
    if name.startswith("base_model.model."):
        name = name.removeprefix("base_model.model.")
    parts = name.split(".")
    if any(part.startswith(("lora_", "ia3_", "hada_", "lokr_", "oft_", "vera_")) for part in parts):
        return None
    if "modules_to_save" in parts:
        place = parts.index("modules_to_save")
        parts = parts[:place] + parts[place + 2 :]
    return ".".join(part for part in parts if part not in ("base_layer", "original_module"))


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


def name_before_computing(name: str, tensors: Mapping[str, Tensor]) -> str | None:
    """The name that a tensor had before its layer was wrapped; None for what the wrapping added."""
    for ending, before in STORED.items():
        if name == ending or name.endswith(f".{ending}"):
            start = name.removesuffix(ending)
            if ending == "weight_v" and f"{start}weight_g" not in tensors:
                return None  # a singular vector of spectral_norm
            return start + before
    parts = name.split(".")
    adapter_modules = parts[-1] in ("weight_g", "weight_u", "weight_mask", "bias_mask")
    return None if adapter_modules or "parametrizations" in parts else name


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
