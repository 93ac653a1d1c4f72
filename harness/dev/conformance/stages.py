"""The stages found in one architecture, and whether they are what they should be."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import timm
import torch
from torch import nn
from torchvision.models import get_model

from harness.dev.conformance.trial import image_size
from harness.model.heads import find_heads
from harness.model.stages import HEAD, STEM, Stage, find_stages, forward_order, groups_of_library

CLASSES = 1000  # ImageNet's, so that the table holds the sizes that these networks are known by


@dataclass(frozen=True)
class Staged:
    """Where the stages come from (`library` or `children`), the parameters of each, the number of blocks, the faults.

    `apart` says whether a stage's parameters are all used before the next stage's: not so where branches run side by
    side.
    """

    source: str
    parameters: tuple[int, ...]
    blocks: int
    apart: bool
    faults: tuple[str, ...]


def staged(library: str, architecture: str) -> Staged:
    """Find an architecture's stages, without memory where that works."""
    try:
        return _staged(library, architecture, torch.device("meta"))
    except (RuntimeError, ValueError, TypeError):  # an operation or a check that tensors without memory do not have
        return _staged(library, architecture, torch.device("cpu"))


def _staged(library: str, architecture: str, device: torch.device) -> Staged:
    make: Any = timm.create_model if library == "timm" else get_model
    with torch.random.fork_rng(), device:
        model: nn.Module = make(architecture, num_classes=CLASSES)
    config = getattr(model, "pretrained_cfg", None)
    side = config["input_size"][-1] if config else image_size(library, architecture)
    images = torch.zeros(1, 3, side, side, device=device)
    heads = find_heads(model, CLASSES)
    stages = find_stages(model, heads, images)
    blocks = find_stages(model, heads, images, fine=True)
    sizes = {name: parameter.numel() for name, parameter in model.named_parameters()}
    prefixes = tuple(f"{head}." for head in heads)
    places = {name: place for place, name in enumerate(forward_order(model, images))}
    own = groups_of_library(model, [name for name in sizes if not name.startswith(prefixes)], places, False)
    return Staged(
        "children" if own is None else "library",
        tuple(sum(sizes[name] for name in stage.parameters) for stage in stages),
        len(blocks),
        _apart(stages, places),
        (*_faults(model, stages, places), *_faults(model, blocks, places)),
    )


def _faults(model: nn.Module, stages: tuple[Stage, ...], places: dict[str, int]) -> tuple[str, ...]:
    found = []
    held = [name for stage in stages for name in stage.parameters]
    if sorted(held) != sorted(name for name, _ in model.named_parameters()):
        found.append("some parameter is in no stage, or in two")
    if [stages[0].name, stages[-1].name] != [STEM, HEAD] or not all(stage.parameters for stage in stages):
        found.append("a stage is empty")
    if len(stages) < 3:
        found.append("no stage between stem and head")
    begins = [min((places[name] for name in stage.parameters if name in places), default=-1) for stage in stages]
    if begins != sorted(begins) or -1 in begins:
        found.append("the stages do not begin in the order of the forward pass")
    return tuple(found)


def _apart(stages: tuple[Stage, ...], places: dict[str, int]) -> bool:
    spans = [[places[name] for name in stage.parameters if name in places] for stage in stages]
    return all(max(before) < min(after) for before, after in pairwise(spans) if before and after)
