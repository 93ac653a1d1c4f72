"""One data set from one spec, checked, and cut to what is asked for, before any image of it is decoded."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from harness.data.inspect import facts, inspect, told
from harness.data.labels import class_faults, label_faults
from harness.data.resize import FULL
from harness.data.restrict import restrict
from harness.data.source import Samples, Source
from harness.spec.errors import RequestError
from harness.spec.spec import Data
from harness.spec.variants import load_variant


def open_source(spec: Data) -> Source:
    """The data set that `spec` names, with `classes`, `samples` and `orientation` applied.

    Raises:
        RequestError: it cannot be had as asked for, or its labels are wrong.
    """
    source = scaled(load_variant("harness.data.datasets", spec.name)(spec), spec)
    _refuse(label_faults(source.train, source.classes, "training"))
    restricted = restrict(replace(source, test=lambda: _checked(source)), spec)
    _refuse(class_faults(restricted.train, restricted.classes))
    if spec.orientation == "stored":
        return restricted
    return replace(restricted, train=_upright(restricted.train), test=lambda: _upright(restricted.test()))


def scaled(source: Source, spec: Data) -> Source:
    """The data set with the scale of its 16-bit grey."""
    depth = spec.depth or FULL
    return replace(source, train=replace(source.train, depth=depth), test=lambda: replace(source.test(), depth=depth))


def usable(samples: Samples, spec: Data, part: str) -> tuple[Samples, dict[str, Any]]:
    """The images that can be read, and a record's lines on all of them.

    Raises:
        RequestError: some cannot be read, and `data.unreadable` does not say to leave them out.
    """
    found = inspect(samples)
    if not found.unreadable:
        return samples, facts(samples, found)
    said = f"of the {part} part, {told(samples, found)}"
    if spec.unreadable == "error":
        raise RequestError(f"data: {said}; repair or remove them, or leave them out with data.unreadable=skip")
    kept = np.setdiff1d(np.arange(len(samples)), list(found.unreadable))
    if not len(kept):
        raise RequestError(f"data: {said}; none is left")
    return samples.pick(kept), facts(samples, found)


def _checked(source: Source) -> Samples:
    samples = source.test()
    _refuse(label_faults(samples, source.classes, "test"))
    return samples


def _upright(samples: Samples) -> Samples:
    def turned(position: int) -> Image.Image:
        return ImageOps.exif_transpose(samples.open(position))

    return replace(samples, open=turned, stamp=None if samples.stamp is None else f"{samples.stamp}/upright")


def _refuse(faults: Iterable[str]) -> None:
    found = list(faults)
    if found:
        raise RequestError(found)
