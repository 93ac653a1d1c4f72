"""Claim 27: `num_classes=0` saves needless layers in feature extraction."""

from __future__ import annotations

from collections.abc import Iterator

import timm
import torch

from harness.analysis.claims.facts._fact import Fact

NAMES = ("resnet18", "mobilenetv2_100", "convnext_atto", "vit_tiny_patch16_224", "vgg11")


def no_classes() -> Iterator[Fact]:
    """Fewer parameters, and features as their answer."""
    for name in NAMES:
        whole, bare = timm.create_model(name), timm.create_model(name, num_classes=0).eval()
        sizes = [sum(parameter.numel() for parameter in model.parameters()) for model in (whole, bare)]
        with torch.no_grad():
            shape = tuple(bare(torch.zeros(1, 3, 224, 224)).shape)
        yield Fact(
            27,
            "num_classes=0 leaves the classifier out",
            name,
            sizes[1] < sizes[0] and shape[1] != 1000,
            f"{sizes[0]:,} parameters become {sizes[1]:,}; the answer has {shape[1]} features",
        )
