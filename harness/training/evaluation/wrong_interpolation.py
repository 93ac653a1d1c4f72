"""The other library's interpolation."""

from __future__ import annotations

from dataclasses import replace

from harness.spec.spec import Spec
from harness.training.evaluation import Handling


def wrong_interpolation(spec: Spec, proper: Handling) -> Handling:
    """Bilinear, torchvision's default, for weights evaluated with bicubic; bicubic, timm's, for all others."""
    other = "bilinear" if proper.preprocessing.interpolation == "bicubic" else "bicubic"
    return replace(proper, preprocessing=replace(proper.preprocessing, interpolation=other))
