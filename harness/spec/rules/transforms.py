"""Rules of the augmentation."""

from __future__ import annotations

from collections.abc import Iterator

from harness.spec.rules.fault import no_effect
from harness.spec.spec import Spec


def transforms(spec: Spec) -> Iterator[str]:
    """Keys that only one scheme reads, and steps that cached features never see."""
    if spec.transforms.name != "random_resized_crop" and spec.transforms.short_side is not None:
        yield no_effect("transforms.short_side", f"under transforms={spec.transforms.name}; use random_resized_crop")
    for step in ("color_jitter", "rand_augment", "random_erasing"):
        if spec.transfer.name == "linear_probe" and getattr(spec.transforms, step) is not None:
            yield no_effect(f"transforms.{step}", "on features that are computed once; use transforms=none")
