"""The other library's interpolation."""

from __future__ import annotations

from dataclasses import replace

from harness.evaluation import Handling
from harness.spec.spec import Spec


def wrong_interpolation(spec: Spec, proper: Handling) -> Handling:
    """Bilinear, torchvision's default, for weights evaluated with bicubic; bicubic, timm's, for all others."""
    other = "bilinear" if proper.preprocessing.interpolation == "bicubic" else "bicubic"
    return replace(proper, preprocessing=replace(proper.preprocessing, interpolation=other))
