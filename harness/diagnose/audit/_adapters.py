"""Models under peft: what its wrappers keep beside the layers in use, and what its adapters add.

Told by the attributes of peft's classes, which need not be installed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch import nn


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


def adapted(model: nn.Module) -> bool:
    """Whether peft decided what learns in this model."""
    return any(True for _ in _tuners(model)) or any(True for _ in _copies(model))


def _joined(*parts: str) -> str:
    return ".".join(part for part in parts if part)


def added(model: nn.Module) -> tuple[str, ...]:
    """Names of the modules that adapters consist of, of all adapters."""
    return tuple(
        _joined(name, kind)
        for name, module in _tuners(model)
        for kind in type(module).adapter_layer_names  # type: ignore[attr-defined]
    )


def spare(model: nn.Module) -> tuple[str, ...]:
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


def plain_name(name: str) -> str | None:
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
