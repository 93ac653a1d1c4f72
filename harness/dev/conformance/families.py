"""The families of a library, each with its smallest member."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import timm
import torch
import torchvision.models
from timm.models import model_entrypoint
from torch import nn

from harness.diagnose.atlas.libraries import LANGUAGE_MODELS
from harness.model.transformers_models import types

NO_NETWORKS = LANGUAGE_MODELS | {"timm_wrapper"}
"""Types of transformers' classifiers that are a language model, or another library's networks."""

_LAYERS = {"num_hidden_layers": 2}
_TOWER = {"vision_config": _LAYERS}
_STAGES = {"depths": [1, 1, 1, 1]}
_NARROW = {**_STAGES, "embed_dim": 48}
_PLAIN = ("beit", "data2vec-vision", "deit", "dinov2", "dinov2_with_registers", "ijepa", "vit", "vit_msn")

SMALLER: dict[str, dict[str, Any]] = {
    **dict.fromkeys(_PLAIN, _LAYERS),
    **dict.fromkeys(("clip", "metaclip_2", "siglip", "siglip2"), _TOWER),
    **dict.fromkeys(("convnext", "convnextv2"), _STAGES),
    **dict.fromkeys(("donut-swin", "focalnet", "hiera", "swin", "swinv2"), _NARROW),
    "efficientnet": {"width_coefficient": 1.0, "depth_coefficient": 1.0, "hidden_dim": 1280, "image_size": 224},
    "imagegpt": {"n_layer": 2},
    "perceiver": {"num_self_attends_per_block": 2, "d_latents": 256, "num_latents": 64},
}
"""Fewer layers, or narrower ones, for types whose own configuration is a large model; EfficientNet's is B7, here B0."""


def from_type(kind: str) -> nn.Module:
    """transformers' classifier of a type, by the configuration that it has by itself, or a smaller one."""
    from transformers import AutoConfig, AutoModelForImageClassification

    config = AutoConfig.for_model(kind, **SMALLER.get(kind, {}))
    listed = types()[kind]
    config.architectures = [listed if isinstance(listed, str) else listed[0]]
    model: nn.Module = AutoModelForImageClassification.from_config(config)
    return model


MAKERS: dict[str, Callable[[str], nn.Module]] = {
    "timm": timm.create_model, "torchvision": torchvision.models.get_model, "transformers": from_type,
}  # fmt: skip


def members(library: str) -> dict[str, list[str]]:
    """Architectures by family: the module that defines them; of transformers the model type, one for all sizes."""
    found: dict[str, list[str]] = defaultdict(list)
    if library == "transformers":
        return {kind: [kind] for kind in sorted(types().keys() - NO_NETWORKS)}
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


def families(library: str, named: Mapping[str, str] | None = None) -> Iterator[tuple[str, str, int]]:
    """Family, its smallest member and that one's number of parameters, counted without memory.

    Args:
        library: whose.
        named: the smallest members that are known, by family: of these families no other member is counted.
    """
    for family, names in members(library).items():
        known = (named or {}).get(family)
        tried = [known] if known in names else names
        sizes = {name: size for name in tried if (size := parameters(library, name)) is not None}
        smallest = min(sizes, key=lambda name: (sizes[name], name)) if sizes else tried[0]
        yield family, smallest, sizes.get(smallest, 0)


def parameters(library: str, architecture: str) -> int | None:
    """Number of parameters; None where the architecture cannot be built without memory."""
    make = MAKERS[library]
    try:
        with torch.random.fork_rng(), torch.device("meta"):
            model: nn.Module = make(architecture)
    except (RuntimeError, ValueError, TypeError, ImportError):
        return None
    return sum(parameter.numel() for parameter in model.parameters())
