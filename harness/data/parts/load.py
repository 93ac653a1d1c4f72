"""One data set from one spec, read once in a process."""

from __future__ import annotations

from functools import lru_cache

from harness.data.parts.decode import decode
from harness.data.parts.images import Dataset
from harness.data.parts.source import Source
from harness.spec.spec import Data
from harness.spec.variants import load_variant

_NO_EFFECT_ON_IMAGES = {"val_fraction": Data.model_fields["val_fraction"].default}


@lru_cache(maxsize=4)
def _read(spec: Data, interpolation: str) -> Dataset:
    source: Source = load_variant("harness.data", spec.name)(spec)
    return Dataset(
        source.label,
        source.classes,
        decode(source.train, spec.size, interpolation),
        lambda: decode(source.test(), spec.size, interpolation),
    )


def load(spec: Data, interpolation: str = "bicubic") -> Dataset:
    """The data set that `spec` asks for; the last few are kept in memory.

    `interpolation` is the filter that belongs to the weights in use (bicubic, bilinear, ...).

    Raises:
        RequestError: the data set cannot be had as asked for.
    """
    return _read(spec.model_copy(update=_NO_EFFECT_ON_IMAGES), interpolation)
