"""A model of suitable size."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from harness.diagnose.analyze.facts import Facts
from harness.training.recipe.defaults import Recommendation


@dataclass(frozen=True)
class Size:
    """An architecture for up to `images` training images."""

    images: float
    name: str
    reason: str
    source: str


SIZES = (
    Size(
        10_000,
        "resnet18",
        "11 million parameters: cheap enough for many seeds",
        "He et al. 2015; Raghu et al. 2019, Transfusion: on medical images small networks do as well",
    ),
    Size(100_000, "resnet50", "24 million parameters: the reference of its class", "Wightman et al. 2021"),
    Size(float("inf"), "convnext_tiny", "28 million parameters, trained with modern recipes", "Liu et al. 2022"),
)


def model(facts: Facts) -> Iterator[Recommendation]:
    """By the number of training images; nothing where the request brings weights of its own.

    Which pretrained model is best on one data set only a comparison tells (Kornblith et al. 2019 find ImageNet accuracy
    a fair guide); this is where to begin.
    """
    if facts.own_weights:
        return
    size = fitting(facts.train.images)
    yield Recommendation(
        "backbone.name", size.name, f"{facts.train.images:,} training images; {size.reason}", size.source
    )
    yield Recommendation(
        "weights", "hub", "weights pretrained on ImageNet", "Kornblith et al. 2019, Do better models transfer"
    )


def fitting(images: int) -> Size:
    """The size for so many training images."""
    return next(size for size in SIZES if images < size.images)
