"""Which part of an image is seen, and whether it keeps its aspect ratio."""

from __future__ import annotations

from dataclasses import replace

from harness.model.build import Built
from harness.model.pretrained import Preprocessing
from harness.training.hybrids.factors import Factor, told


def image_geometry(first: Built, second: Built) -> Factor | None:
    """The centre square of an image or all of it squashed into a square, and the fraction of the side that is kept."""
    ours, theirs = _words(first.preprocessing), _words(second.preprocessing)
    return None if ours == theirs else Factor(told("image geometry", ours, theirs), _take)


def _words(found: Preprocessing) -> str:
    shape = "the whole squashed into a square" if found.squash else "the centre square"
    return shape if found.crop == 1 else f"{shape}, of its side {found.crop:.4g}"


def _take(hybrid: Built, source: Built) -> Built:
    crop, squash = source.preprocessing.crop, source.preprocessing.squash
    return replace(hybrid, preprocessing=replace(hybrid.preprocessing, crop=crop, squash=squash))
