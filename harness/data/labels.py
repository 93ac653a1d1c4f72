"""Whether labels are what a comparison of classifiers needs: one class an image, among those there are."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from harness.data.source import Samples

SHOWN = 3


def shown(names: list[str], limit: int = SHOWN) -> str:
    """The first of many names, and how many more."""
    return ", ".join(names[:limit]) + (f" and {len(names) - limit} more" if len(names) > limit else "")


def label_faults(samples: Samples, classes: tuple[str, ...], part: str) -> Iterator[str]:
    """An empty part, and labels outside the classes, by number and name."""
    if not len(samples):
        yield f"data: the {part} part has no images"
        return
    labels = np.asarray(samples.labels)
    outside = np.flatnonzero((labels < 0) | (labels >= len(classes)))
    if len(outside):
        which = [f"{samples.names[index]} ({labels[index]})" for index in outside[: SHOWN + 1]]
        more = f" and {len(outside) - SHOWN} more" if len(outside) > SHOWN else ""
        yield (
            f"data: {len(outside)} of {len(labels)} images of the {part} part have a label outside 0 to "
            f"{len(classes) - 1}: {', '.join(which[:SHOWN])}{more}"
        )


def class_faults(samples: Samples, classes: tuple[str, ...]) -> Iterator[str]:
    """Classes that the training part has no image of."""
    counts = np.bincount(np.asarray(samples.labels), minlength=len(classes))
    if len(classes) < 2 or np.count_nonzero(counts) < 2:
        only = classes[int(counts.argmax())]
        yield f"data: every image of the training part is of class {only}; at least 2 classes are needed"
    elif not counts.all():
        missing = [name for name, count in zip(classes, counts, strict=True) if not count]
        yield f"data: the training part has no images of {len(missing)} of {len(classes)} classes: {shown(missing)}"
