"""Resized to a square without regard to the shape."""

from __future__ import annotations

from dataclasses import replace

from harness.spec.spec import Spec
from harness.training.evaluation import Handling


def squashed(spec: Spec, proper: Handling) -> Handling:
    """`Resize((size, size))` instead of the shorter side and a centre crop; square images stay as they are."""
    return replace(proper, squashed=True)
