"""Claim 29, its part about the library: each version of torchvision's ResNet weights has its own preprocessing."""

from __future__ import annotations

from collections.abc import Iterator

from torchvision.models import get_model_weights

from harness.analysis.claims.facts._fact import Fact

NAMES = ("resnet18", "resnet34", "resnet50", "resnet101")


def torchvision_preprocessing() -> Iterator[Fact]:
    """What the two versions resize and crop to."""
    for name in NAMES:
        versions = {entry.name: entry.transforms() for entry in get_model_weights(name)}
        told = {version: (preset.resize_size, preset.crop_size) for version, preset in versions.items()}
        text = "; ".join(f"{version}: resize {resize[0]}, crop {crop[0]}" for version, (resize, crop) in told.items())
        if len(told) == 1:
            yield Fact(29, "V1 and V2 weights exist, each with its preprocessing", name, False, f"one version: {text}")
        else:
            differ = len({str(value) for value in told.values()}) > 1
            yield Fact(29, "V1 and V2 weights exist, each with its preprocessing", name, differ, text)
