"""The arguments that an architecture's constructor takes, read from its signature."""

from __future__ import annotations

import inspect
from functools import cache

import timm
import torch
from torchvision.models import get_model

HIDDEN = ("self", "num_classes", "in_chans", "pretrained_cfg", "cache_dir", "kwargs", "args")
WIDE = 24


@cache
def constructor_arguments(library: str, architecture: str) -> tuple[str, ...]:
    """Names of the arguments of the model's class, the drop rates first; at most the first few dozen."""
    with torch.random.fork_rng(), torch.device("meta"):
        model = (timm.create_model if library == "timm" else get_model)(architecture)
    names = [
        name
        for kind in reversed(type(model).__mro__)
        if "__init__" in vars(kind) and kind.__module__.startswith(library)
        for name in inspect.signature(vars(kind)["__init__"]).parameters
    ]
    shown = sorted(dict.fromkeys(name for name in names if name not in HIDDEN), key=lambda name: "drop" not in name)
    return tuple(shown[:WIDE])
