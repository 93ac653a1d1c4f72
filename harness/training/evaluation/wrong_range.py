"""Pixels that were never brought into 0..1."""

from __future__ import annotations

from dataclasses import replace

from harness.spec.spec import Spec
from harness.training.evaluation import Handling


def wrong_range(spec: Spec, proper: Handling) -> Handling:
    """0..255 normalised by a mean and deviation that are meant for 0..1."""
    return replace(proper, factor=255.0)
