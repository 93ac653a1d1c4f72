"""One data set from one spec, read once in a process."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from harness.data.decode import decode
from harness.data.delivery import Delivery
from harness.data.depth import depth_faults, scale, scale_notes
from harness.data.images import Dataset, Images, Samples
from harness.data.inspect import Inspection, inspect
from harness.data.names import shown
from harness.data.open import opened, usable
from harness.data.resize import framed
from harness.spec.errors import RequestError
from harness.spec.machine import Machine
from harness.spec.spec import Data

_NO_EFFECT_ON_IMAGES = {name: Data.model_fields[name].default for name in ("val_fraction", "split")}


@lru_cache(maxsize=4)
def _read(spec: Data, interpolation: str, crop: float, squash: bool, delivery: Delivery) -> Dataset:
    source, frame = opened(spec), (spec.size, interpolation, crop, squash)
    train, stored = _readable(source.train, spec, "training")
    about: dict[str, Any] = {"parts": dict(source.parts)} if source.parts else {}
    if source.notes:
        about["notes"] = list(source.notes)
        _tell(source.notes)
    if stored:
        about["stored"] = {"train": stored}
    learnt_from = inspect(train)
    _refuse_depth(learnt_from, None, spec)
    about.update(_scaled({"train": learnt_from}, train))

    def load_test() -> Images:
        test, stored = _readable(source.test(), spec, "test")
        if stored:
            about.setdefault("stored", {})["test"] = stored
        tested = inspect(test)
        _refuse_depth(learnt_from, tested, spec)
        about.update(_scaled({"train": learnt_from, "test": tested}, test))
        return decode(framed(test, *frame), spec.size, interpolation, delivery)

    learnt = decode(framed(train, *frame), spec.size, interpolation, delivery)
    return Dataset(source.label, source.classes, learnt, load_test, about)


def _scaled(found: dict[str, Inspection], samples: Samples) -> dict[str, Any]:
    """The scale of 16-bit grey as it stands in the record; what is odd about the last of the parts is told as well."""
    lines = scale(found, samples.depth)
    part = list(found)[-1]
    _tell(scale_notes(found[part], samples.depth, "training" if part == "train" else part))
    return {"intensity": lines} if lines else {}


def _refuse_depth(train: Inspection, test: Inspection | None, spec: Data) -> None:
    faults = list(depth_faults(train, test, spec.depth))
    if faults:
        raise RequestError(faults)


def _tell(notes: Iterable[str]) -> None:
    for note in notes:
        print(f"data: {note}", file=sys.stderr)


def _readable(samples: Samples, spec: Data, part: str) -> tuple[Samples, dict[str, Any]]:
    """What is left out stands in the record, and is told on stderr as well."""
    kept, stored = usable(samples, spec, part)
    if len(kept) < len(samples):
        left_out = stored["left_out"]
        print(
            f"data: {left_out['count']} of {len(samples)} images of the {part} part cannot be read and are left out: "
            f"{shown(left_out['images'])}",
            file=sys.stderr,
        )
    return kept, stored


def load(
    spec: Data,
    interpolation: str = "bicubic",
    machine: Machine | None = None,
    *,
    crop: float = 1.0,
    squash: bool = False,
) -> Dataset:
    """The data set that `spec` asks for; the last few are kept in memory.

    Args:
        spec: what is asked for.
        interpolation: the filter that belongs to the weights in use (bicubic, bilinear, ...).
        machine: where decoded images are kept and how they come to the device.
        crop: the fraction of the centre square's side that is kept; squashed, of both sides.
        squash: whether width and height are each resized, whatever an image's shape.

    Raises:
        RequestError: the data set is not available as asked for.
    """
    delivery = Delivery.of(machine or Machine())
    return _read(spec.model_copy(update=_NO_EFFECT_ON_IMAGES), interpolation, crop, squash, delivery)


@lru_cache(maxsize=4)
def _read_test(spec: Data, interpolation: str, crop: float, squash: bool) -> Images:
    test = usable(opened(spec).test(), spec, "test")[0]
    cut = framed(test, spec.size, interpolation, crop, squash)
    return decode(cut, spec.size, interpolation, Delivery.of(Machine(cache="none")))


def load_test(spec: Data, interpolation: str, crop: float = 1.0, squash: bool = False) -> Images:
    """The test part alone, with another geometry.

    Args:
        spec: the data set.
        interpolation: one of PIL's filters in lower case.
        crop: the fraction of the centre square's side that is kept; squashed, of both sides.
        squash: whether width and height are each resized, whatever an image's shape.

    Raises:
        RequestError: the data set is not available as asked for.
    """
    return _read_test(spec.model_copy(update=_NO_EFFECT_ON_IMAGES), interpolation, crop, squash)
