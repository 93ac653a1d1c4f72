"""Rules of the augmentation."""

from __future__ import annotations

from collections.abc import Iterator

from harness.spec.spec import Spec


def transforms(spec: Spec) -> Iterator[str]:
    """Keys that only one scheme reads."""
    if spec.transforms.name != "random_resized_crop" and spec.transforms.short_side is not None:
        yield f"transforms.short_side: has no effect under transforms={spec.transforms.name}; use random_resized_crop"
