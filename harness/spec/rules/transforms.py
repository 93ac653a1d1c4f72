"""Rules of the augmentation."""

from __future__ import annotations

from collections.abc import Iterator

from harness.spec.spec import Spec


def transforms(spec: Spec) -> Iterator[str]:
    """Keys that only one scheme reads, and steps that cached features never see."""
    if spec.transforms.name != "random_resized_crop" and spec.transforms.short_side is not None:
        yield f"transforms.short_side: has no effect under transforms={spec.transforms.name}; use random_resized_crop"
    for step in ("color_jitter", "rand_augment", "random_erasing"):
        if spec.transfer.name == "linear_probe" and getattr(spec.transforms, step) is not None:
            yield f"transforms.{step}: has no effect on features that are computed once; use transforms=none"
