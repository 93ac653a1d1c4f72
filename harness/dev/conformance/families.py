"""The families of a library, each with its smallest member."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import timm
import torch
import torchvision.models
from timm.models import model_entrypoint
from torch import nn


def members(library: str) -> dict[str, list[str]]:
    """Architectures by family: the module that defines them."""
    found: dict[str, list[str]] = defaultdict(list)
    if library == "timm":
        for name in timm.list_models():
            module = model_entrypoint(name).__module__
            if module.startswith("timm."):
                found[module.rpartition(".")[2]].append(name)
    else:
        names = set(torchvision.models.list_models(torchvision.models))
        for module in pkgutil.iter_modules(torchvision.models.__path__):
            if not module.ispkg:
                content = vars(importlib.import_module(f"torchvision.models.{module.name}"))
                for name, value in content.items():
                    if name in names and inspect.isfunction(value) and value.__module__.endswith(f".{module.name}"):
                        found[module.name].append(name)
    return dict(sorted(found.items()))


def families(library: str) -> Iterator[tuple[str, str, int]]:
    """Family, its smallest member and that one's number of parameters, counted without memory."""
    for family, names in members(library).items():
        sizes = {name: size for name in names if (size := parameters(library, name)) is not None}
        smallest = min(sizes, key=lambda name: (sizes[name], name)) if sizes else names[0]
        yield family, smallest, sizes.get(smallest, 0)


def parameters(library: str, architecture: str) -> int | None:
    """Number of parameters; None where the architecture cannot be built without memory."""
    make: Any = timm.create_model if library == "timm" else torchvision.models.get_model
    try:
        with torch.random.fork_rng(), torch.device("meta"):
            model: nn.Module = make(architecture)
    except (RuntimeError, ValueError, TypeError):
        return None
    return sum(parameter.numel() for parameter in model.parameters())
