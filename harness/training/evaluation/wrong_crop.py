"""A centre crop that training did not have."""

from __future__ import annotations

from dataclasses import replace

from harness.spec.spec import Spec
from harness.training.evaluation import Handling

CUSTOMARY = 224 / 256


def wrong_crop(spec: Spec, proper: Handling) -> Handling:
    """The customary 224 of 256 pixels (timm's default `crop_pct`) where the whole square is right, and the reverse."""
    crop = CUSTOMARY if proper.preprocessing.crop == 1 else 1.0
    return replace(proper, preprocessing=replace(proper.preprocessing, crop=crop))
