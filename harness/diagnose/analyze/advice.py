"""What follows from a data set: each public function gives advice of one kind, found by its name.

A variant is a function `(facts) -> Iterator[Recommendation]`. Facts hold the training part alone: the test part takes
part in no choice.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import timm
import torch
from torch import nn
from torchvision.models import get_model

from harness.diagnose.analyze.advise import Facts
from harness.model.options import check_architecture
from harness.spec.errors import RequestError
from harness.spec.spec import Backbone
from harness.training.recipe.defaults import Recommendation, recommended

SMALL_SIDE = 64


def profile(facts: Facts) -> Iterator[Recommendation]:
    """CIFAR for small images (unflipped where grey), medical for large grey ones or for patients, else ImageNet."""
    side = facts.side
    if side <= SMALL_SIDE:
        reason = f"stored at {side:g} px, as CIFAR's (32 px) and Tiny-ImageNet's (64 px)"
        yield Recommendation("profile", "cifar", reason, "He et al. 2015, section 4.2: its augmentation")
        if facts.all_grey:
            reason = "small and grey, as digits and letters are, which a flip would turn into others"
            yield Recommendation("transforms", "mild", reason, "Shorten and Khoshgoftaar 2019, section on label safety")
    elif facts.all_grey or facts.train.groups is not None:
        why = "none has colour" if facts.all_grey else f"{facts.train.groups:,} groups (patients) are known"
        reason = f"{why} at {side:g} px: flips and crops may move or lose the finding"
        yield Recommendation(
            "profile", "medical", reason, "Raghu et al. 2019, Transfusion; Irvin et al. 2019, CheXpert"
        )
    else:
        reason = f"colour photographs, {side:g} px on the shorter side"
        yield Recommendation(
            "profile", "imagenet", reason, "Szegedy et al. 2014; Wightman et al. 2021, ResNet strikes back"
        )


PATTERNS = (
    (r"(person\d+|IM-\d+)", "Kermany et al. 2018, chest X-rays"),
    (r"(patient\d+)", "Irvin et al. 2019, CheXpert"),
    (r"^(\d{8})_\d{3}", "Wang et al. 2017, ChestX-ray14"),
    (r"(TCGA-\w\w-\w{4})", "The Cancer Genome Atlas"),
    (r"(?i)((?:patient|subject|subj|sub|case|person)[-_ ]?\d+)", "names that tell a person"),
)
MOST_GROUPS = 0.95
"""Of the images: where nearly every one would be its own group, the pattern found a number, not a person."""


def groups(facts: Facts) -> Iterator[Recommendation]:
    """A pattern that finds a person in every file name of the training part, several images of some."""
    if facts.spec.data.name != "imagefolder" or facts.spec.data.groups is not None:
        return
    names = [name.rpartition("/")[2] for name in facts.names]
    for pattern, source in PATTERNS:
        found = [match.group(1) for name in names if (match := re.search(pattern, name))]
        distinct = len(set(found))
        if len(found) == len(names) and 1 < distinct < MOST_GROUPS * len(names):
            reason = f"{len(names):,} file names tell {distinct:,} people; a split must not divide one"
            yield Recommendation("data.groups", pattern, reason, source)
            return


ENLARGED_BELOW, ENLARGED_TO = 96, 128
LARGEST = {"cifar": 128, "imagenet": 224, "medical": 512}
STEP = 32


def resolution(facts: Facts) -> Iterator[Recommendation]:
    """Small images are enlarged to what pretrained weights still read, large ones kept up to what they hold."""
    side = facts.side
    if side < ENLARGED_BELOW:
        reason = f"stored at {side:g} px; weights pretrained at 224 px read enlarged images better"
        yield Recommendation(
            "data.size", ENLARGED_TO, reason, "Kolesnikov et al. 2020, BiT-HyperRule: below 96 px to 128"
        )
        return
    most = LARGEST[next(profile(facts)).value]
    size = max(ENLARGED_BELOW, min(most, int(side) // STEP * STEP))
    reason = f"the largest multiple of {STEP} within {side:g} px, at most {most}; more holds nothing new"
    yield Recommendation("data.size", size, reason, "five halvings, in all common networks, take multiples of 32")


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
    size = _fitting(facts.train.images)
    yield Recommendation(
        "backbone.name", size.name, f"{facts.train.images:,} training images; {size.reason}", size.source
    )
    yield Recommendation(
        "weights", "hub", "weights pretrained on ImageNet", "Kornblith et al. 2019, Do better models transfer"
    )


def _fitting(images: int) -> Size:
    """The size for so many training images."""
    return next(size for size in SIZES if images < size.images)


OF_ONE_CLASS = ("recipe.label_smoothing", "recipe.mixup", "recipe.cutmix")


def recipe(facts: Facts) -> Iterator[Recommendation]:
    """The published defaults for the advised backbone, or for the request's own where it brings its weights."""
    advised = {choice.key: choice.value for choice in model(facts)}
    backbone = facts.spec.backbone
    if "backbone.name" in advised:
        backbone = Backbone(name=advised["backbone.name"])
    parameters, transformer = _measure(backbone)
    pretrained = advised.get("weights", facts.spec.weights.name) != "none"
    usual = recommended(facts.train.images, parameters, pretrained, transformer)
    yield from (choice for choice in usual if not (facts.several and choice.key in OF_ONE_CLASS))
    if facts.several and next(profile(facts)).value == "imagenet":
        reason = "the profile's smoothing is of one class an image"
        yield Recommendation("recipe.label_smoothing", 0.0, reason, "a run refuses it otherwise")


def _measure(backbone: Backbone) -> tuple[int, bool]:
    """How many parameters an architecture has, and whether it is built on LayerNorm; nothing is allocated.

    Raises:
        RequestError: its library has no such architecture.
    """
    check_architecture(backbone.library, backbone.name)
    if backbone.library == "transformers":
        raise RequestError("analyze: looks at timm's and torchvision's architectures; use backbone.library=timm")
    with torch.random.fork_rng(), torch.device("meta"):
        built: nn.Module = (timm.create_model if backbone.library == "timm" else get_model)(backbone.name)
    layer_norm = any(isinstance(module, nn.LayerNorm) for module in built.modules())
    return sum(parameter.numel() for parameter in built.parameters()), layer_norm


UNEQUAL_FOR_LOSS = 3.0


def balance(facts: Facts) -> Iterator[Recommendation]:
    """Losses weighted by class where the largest is three times the smallest; below that the effect is small."""
    if facts.several:
        return
    if facts.train.imbalance >= UNEQUAL_FOR_LOSS:
        reason = f"the largest class has {facts.train.imbalance:.1f} times the images of the smallest"
        yield Recommendation("recipe.balance", "loss", reason, "King and Zeng 2001; Cui et al. 2019")


RARE = 0.2
"""Nats between ln 2 and the loss of answering every label's frequency: where the audit notes an even bias."""


def bias(facts: Facts) -> Iterator[Recommendation]:
    """The head's start at the labels' log odds where they are rare: an even bias has to unlearn that all are likely."""
    if not facts.several:
        return
    frequency = np.clip(np.array(facts.train.per_class) / facts.train.images, 1e-12, 1 - 1e-12)
    loss = float(-(frequency * np.log(frequency) + (1 - frequency) * np.log1p(-frequency)).mean())
    if math.log(2) - loss > RARE:
        reason = f"answering each label's frequency has a loss of {loss:.2f}, an even start {math.log(2):.2f} nats"
        yield Recommendation("init.bias", "prior", reason, "Lin et al. 2017, section 4.1")


UNEQUAL_FOR_METRIC = 1.5


def metric(facts: Facts) -> Iterator[Recommendation]:
    """Balanced accuracy where classes are unequal, mean average precision of several labels, else the profile's."""
    if facts.several:
        mean = 100 * sum(facts.train.per_class) / (facts.train.images * len(facts.classes))
        reason = f"guessing has each label's frequency, {mean:.1f} % in the mean; AUROC is recorded as well"
        yield Recommendation("metrics", "average_precision", reason, "Saito and Rehmsmeier 2015")
        return
    if facts.train.imbalance >= UNEQUAL_FOR_METRIC:
        largest = 100 * max(facts.train.per_class) / facts.train.images
        reason = f"always answering the largest class is right in {largest:.0f} %; AUROC is recorded as well"
        yield Recommendation("metrics", "balanced_accuracy", reason, "Brodersen et al. 2010")


def unreadable(facts: Facts) -> Iterator[Recommendation]:
    """They are left out, which a run has to be told: nothing is dropped in silence."""
    if facts.train.unreadable:
        reason = f"unreadable training images: {len(facts.train.unreadable):,}; better, repair them"
        yield Recommendation("data.unreadable", "skip", reason, "a run refuses them otherwise")
