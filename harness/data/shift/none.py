"""No shift."""

from __future__ import annotations

from collections.abc import Iterator

from harness.data.images import Dataset, Images
from harness.model.pretrained import Preprocessing
from harness.spec.spec import Spec


def none(spec: Spec, dataset: Dataset, preprocessing: Preprocessing) -> Iterator[tuple[str, Images]]:
    """The test part as it is, and nothing beside it."""
    return iter(())
