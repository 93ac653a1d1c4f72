"""One data set from one spec, read once in a process."""

from __future__ import annotations

from functools import lru_cache

from harness.data.parts.decode import decode
from harness.data.parts.delivery import Delivery
from harness.data.parts.images import Dataset
from harness.data.parts.source import Source
from harness.spec.machine import Machine
from harness.spec.spec import Data
from harness.spec.variants import load_variant

_NO_EFFECT_ON_IMAGES = {"val_fraction": Data.model_fields["val_fraction"].default}


@lru_cache(maxsize=4)
def _read(spec: Data, interpolation: str, delivery: Delivery) -> Dataset:
    source: Source = load_variant("harness.data", spec.name)(spec)
    return Dataset(
        source.label,
        source.classes,
        decode(source.train, spec.size, interpolation, delivery),
        lambda: decode(source.test(), spec.size, interpolation, delivery),
    )


def load(spec: Data, interpolation: str = "bicubic", machine: Machine | None = None) -> Dataset:
    """The data set that `spec` asks for; the last few are kept in memory.

    `interpolation` is the filter that belongs to the weights in use (bicubic, bilinear, ...); `machine`
    says where decoded images are kept and how they come to the device.

    Raises:
        RequestError: the data set cannot be had as asked for.
    """
    return _read(spec.model_copy(update=_NO_EFFECT_ON_IMAGES), interpolation, Delivery.of(machine or Machine()))
