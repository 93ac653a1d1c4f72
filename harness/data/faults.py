"""What is wrong with the labels and the groups of a data set, a line each."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from harness.data.images import Samples
from harness.data.names import SHOWN, shown


def label_faults(samples: Samples, classes: tuple[str, ...], part: str) -> Iterator[str]:
    """An empty part, and labels outside the classes, by number and name."""
    if not len(samples):
        yield f"data: the {part} part has no images"
        return
    labels = np.asarray(samples.labels)
    if labels.ndim == 2:
        return  # whoever reads several labels an image refuses what is neither 0 nor 1
    outside = np.flatnonzero((labels < 0) | (labels >= len(classes)))
    if len(outside):
        which = [f"{samples.names[index]} ({labels[index]})" for index in outside[: SHOWN + 1]]
        more = f" and {len(outside) - SHOWN} more" if len(outside) > SHOWN else ""
        yield (
            f"data: {len(outside)} of {len(labels)} images of the {part} part have a label outside 0 to "
            f"{len(classes) - 1}: {', '.join(which[:SHOWN])}{more}"
        )


def class_faults(samples: Samples, classes: tuple[str, ...]) -> Iterator[str]:
    """Classes that the training part has no image of; of several labels an image, those that all or none have."""
    labels = np.asarray(samples.labels)
    if labels.ndim == 2:
        yield from _constant_labels(labels, classes)
        return
    counts = np.bincount(np.asarray(samples.labels), minlength=len(classes))
    if len(classes) < 2 or np.count_nonzero(counts) < 2:
        only = classes[int(counts.argmax())]
        yield f"data: every image of the training part is of class {only}; at least 2 classes are needed"
    elif not counts.all():
        missing = [name for name, count in zip(classes, counts, strict=True) if not count]
        yield f"data: the training part has no images of {len(missing)} of {len(classes)} classes: {shown(missing)}"


def group_faults(samples: Samples, test: Samples | None = None) -> Iterator[str]:
    """Groups (patients) that the set itself puts into several parts, where what was learnt by heart counts as found.

    `samples` are learnt from, and validated on where they are marked.
    """
    parts: dict[str, dict[str, str]] = {}
    for each in (samples,) if test is None else (samples, test):
        held = each.validation or (False,) * len(each)
        for place, group in enumerate(each.groups or ()):
            part = "test" if each is test else "validation" if held[place] else "training"
            parts.setdefault(group, {}).setdefault(part, each.names[place])
    both = [list(of.items()) for of in parts.values() if len(of) > 1]
    if both:
        (first, one), (second, other) = both[0][:2]
        yield (
            f"data: {len(both)} of {len(parts)} groups (patients) have images in the {first} and in the {second} part, "
            f"such as {one} and {other}; keep each in one, or go on all the same with data.shared_groups=allow"
        )


def _constant_labels(labels: npt.NDArray[np.int64], names: tuple[str, ...]) -> Iterator[str]:
    having = labels.sum(axis=0)
    for count, which in ((0, "no"), (len(labels), "every")):
        constant = [name for name, each in zip(names, having, strict=True) if each == count]
        if constant:
            yield (
                f"data: {which} image of the training part has {_named(constant)}; a label needs images with it and "
                "without"
            )


def _named(names: list[str]) -> str:
    return f"the label {names[0]}" if len(names) == 1 else f"any of {len(names)} labels: {shown(names)}"
