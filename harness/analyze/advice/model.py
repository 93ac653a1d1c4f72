"""A model of suitable size."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import timm
import torch
from torchvision.models import get_model

from harness.analyze.facts import Choice, Facts
from harness.spec.spec import Backbone


@dataclass(frozen=True)
class Size:
    """An architecture for up to `images` training images."""

    images: float
    name: str
    reason: str
    source: str


SIZES = (
    Size(
        10_000, "resnet18", "11 million parameters: few images gain little from more", "Raghu et al. 2019, Transfusion"
    ),
    Size(100_000, "resnet50", "24 million parameters: the reference of its class", "Wightman et al. 2021"),
    Size(float("inf"), "convnext_tiny", "28 million parameters, trained with modern recipes", "Liu et al. 2022"),
)


def model(facts: Facts) -> Iterator[Choice]:
    """By the number of training images; nothing where the request brings weights of its own.

    Which pretrained model is best on one data set only a comparison tells (Kornblith et al. 2019 find ImageNet accuracy
    a fair guide); this is where to begin.
    """
    if facts.own_weights:
        return
    size = fitting(facts.train.images)
    yield Choice("backbone.name", size.name, f"{facts.train.images:,} training images; {size.reason}", size.source)
    yield Choice("weights", "hub", "weights pretrained on ImageNet", "Kornblith et al. 2019, Do better models transfer")


def fitting(images: int) -> Size:
    """The size for so many training images."""
    return next(size for size in SIZES if images < size.images)


def parameters(backbone: Backbone) -> int:
    """How many parameters an architecture has; nothing is allocated."""
    with torch.random.fork_rng(), torch.device("meta"):
        built = (timm.create_model if backbone.library == "timm" else get_model)(backbone.name)
    return sum(parameter.numel() for parameter in built.parameters())
