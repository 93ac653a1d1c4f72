"""Where a model that stands inside another one is kept: by a head of one's own, by transformers, by fastai."""

from __future__ import annotations

from torch import nn

WRAPPERS = ("backbone", "timm_model", "0.model")


def wrapper_of(model: nn.Module) -> str:
    """The name that the model inside has; nothing where there is none."""
    names = {name for name, _ in model.named_modules()}
    return next((wrapper for wrapper in WRAPPERS if wrapper in names), "")


def plain_name(name: str) -> str:
    """A tensor's or module's name without what a wrapper puts before it; the model inside has no name."""
    wrapper = next((each for each in WRAPPERS if f"{name}.".startswith(f"{each}.")), None)
    return name if wrapper is None else name[len(wrapper) + 1 :]
