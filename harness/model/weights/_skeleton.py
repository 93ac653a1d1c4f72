"""An architecture without memory: the names and shapes of its tensors."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import timm
import torch
from timm.models import get_pretrained_cfg
from torch import nn
from torchvision.models import get_model

from harness.spec.spec import Spec


def sized(spec: Spec) -> dict[str, Any]:
    """The constructor's argument for the images' side, where the network is made for one side alone."""
    if spec.backbone.library == "torchvision":
        return {"image_size": spec.data.size} if spec.backbone.name.startswith("vit_") else {}
    config = get_pretrained_cfg(spec.backbone.name)
    return {"img_size": spec.data.size} if config is not None and config.fixed_input_size else {}


def skeleton(spec: Spec) -> nn.Module | None:
    """The model that a spec names, its tensors without values where it can be made so; None where it cannot be made.

    Why it cannot, the build of the run itself tells.
    """
    options = {**sized(spec), **spec.backbone.kwargs}
    return _made(spec.backbone.library, spec.backbone.name, json.dumps(options, sort_keys=True, default=str))


@cache
def _made(library: str, architecture: str, options: str) -> nn.Module | None:
    make = timm.create_model if library == "timm" else get_model
    for device in ("meta", "cpu"):
        try:
            with torch.random.fork_rng(), torch.device(device):
                model: nn.Module = make(architecture, **json.loads(options))
        except (TypeError, ValueError, AssertionError, RuntimeError, KeyError, AttributeError, NotImplementedError):
            continue
        return model
    return None


def head_names(spec: Spec, model: nn.Module | None) -> tuple[str, ...]:
    """The layers as wide as there are classes: timm names them, and torchvision's models all end with theirs."""
    if spec.backbone.library == "torchvision":
        layers = [name for name, each in (model.named_modules() if model else ()) if isinstance(each, Layer)]
        return tuple(layers[-1:])
    config = get_pretrained_cfg(spec.backbone.name)
    names = (config.classifier if config else None) or ()
    return (names,) if isinstance(names, str) else tuple(names)


Layer = nn.Linear | nn.Conv2d
