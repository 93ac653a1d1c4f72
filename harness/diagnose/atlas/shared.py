"""The architectures that several libraries have, and each library's name for them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from omegaconf import OmegaConf

TABLE = Path(__file__).with_name("shared.yaml")


class SharedArchitecture(NamedTuple):
    """One architecture by its names; None where a library does not have it.

    `transformers` is a model type, whose class makes all sizes of the family.
    """

    family: str
    timm: str
    torchvision: str | None
    transformers: str | None


@cache
def shared() -> tuple[SharedArchitecture, ...]:
    """All of them, family by family."""
    content: Any = OmegaConf.to_container(OmegaConf.load(TABLE))
    return tuple(
        SharedArchitecture(family, timm, torchvision, entry.get("transformers"))
        for family, entry in content.items()
        for timm, torchvision in entry["architectures"].items()
    )
