"""Claim 33: `reset_classifier` drops the attention pooling, silently; a new instance is safer."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import timm
import torch

from harness.analysis.claims.facts._fact import Fact, failure

NAME, CLASSES = "vit_tiny_patch16_224", 7


def attention_pool() -> Iterator[Fact]:
    """A ViT pooled by attention, its classifier reset with the pooling named and not named, and a new one."""
    for told, arguments in (("reset_classifier(n)", ()), ("reset_classifier(n, 'map')", ("map",))):
        model: Any = timm.create_model(NAME, global_pool="map", num_classes=5).eval()
        model.reset_classifier(CLASSES, *arguments)
        lost = model.attn_pool is None
        error = failure(partial(model, torch.zeros(1, 3, 224, 224)))
        state = "the attention pooling is gone" if lost else "the attention pooling is there"
        yield Fact(33, f"{told} drops the attention pooling", NAME, lost, state)
        if lost:
            yield Fact(33, f"{told} drops it silently", NAME, error is None, error or "the forward pass goes through")
    new: Any = timm.create_model(NAME, global_pool="map", num_classes=CLASSES)
    yield Fact(33, "a new instance keeps it", NAME, new.attn_pool is not None, "made with global_pool='map'")
