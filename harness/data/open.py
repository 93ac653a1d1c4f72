"""Opens the data set of a spec, checked and cut to what is asked for, before any image of it is decoded."""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from functools import cache, lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from harness.data.depth import asked_window, depth_faults, sixteen_bits, windowed
from harness.data.faults import class_faults, group_faults, label_faults
from harness.data.images import Labels, Samples, Source
from harness.data.inspect import facts, inspect, told
from harness.data.resize import FULL
from harness.data.window import Window, parse, window_note
from harness.spec.errors import RequestError
from harness.spec.spec import MULTILABEL, Data
from harness.spec.variants import load_variant, suggest

_DRAW = 20_251  # fixed: a smaller training set is another data set, not another draw of the run


def choose_samples(labels: Labels, samples: int | None) -> npt.NDArray[np.int64]:
    """Ascending indices of `samples` images, each class in proportion to its size; all of them for None.

    The draws are nested: the images of a smaller number are among those of a larger one. Where an image has several
    labels, any image is as likely as another.

    Raises:
        RequestError: more images are asked for than there are, or so few that a class would have none.
    """
    total = len(labels)
    if samples is None:
        return np.arange(total)
    if samples > total:
        raise RequestError(f"data.samples: {samples} asked for, but the training part has {total}")
    random = np.random.RandomState(_DRAW)  # its streams are frozen by NumPy's compatibility policy
    array = np.asarray(labels)
    if array.ndim == 2:
        return np.sort(random.permutation(total)[:samples])
    place = np.empty(total)
    for label in np.unique(array):
        (members,) = np.nonzero(array == label)
        place[random.permutation(members)] = (np.arange(len(members)) + 0.5) / len(members)
    chosen = np.sort(np.argsort(place, kind="stable")[:samples])
    lost = len(Counter(labels)) - len(np.unique(array[chosen]))
    if lost:
        raise RequestError(f"data.samples: {samples} images leave {lost} classes without any; ask for more")
    return chosen


def choose_classes(classes: tuple[str, ...], keep: int | None) -> tuple[str, ...]:
    """The first `keep` classes; all of them for None.

    Raises:
        RequestError: more classes are asked for than there are.
    """
    if keep is not None and keep > len(classes):
        raise RequestError(f"data.classes: {keep} asked for, but the data set has {len(classes)}")
    return classes[:keep]


REST = "rest"


def sought_class(classes: tuple[str, ...], name: str) -> int:
    """The place of the class that `data.against_rest` names.

    Raises:
        RequestError: there is none of that name.
    """
    if name not in classes:
        raise RequestError(f"data.against_rest: there is no class '{name}'; {suggest(name, classes)}")
    return classes.index(name)


def restrict(source: Source, spec: Data) -> Source:
    """The first classes of both parts, and so many images of the training part, each class in proportion.

    Where an image has several labels, the first of them are kept, and all images. With `against_rest` the classes are
    then two: all others, and the one sought. A validation part that the set has of its own stays whole.

    Raises:
        RequestError: more classes or images than there are, too few images, or no class of the name sought.
    """
    classes = choose_classes(source.classes, spec.classes)
    kept = len(classes)
    sought = None if spec.against_rest is None else sought_class(classes, spec.against_rest)
    if spec.against_rest is not None:
        classes = (REST, spec.against_rest)

    def of_classes(samples: Samples) -> Samples:
        if np.ndim(samples.labels) == 2:
            if sought is not None:
                raise RequestError("data.against_rest: is for images of one label each, and these have several")
            return replace(samples, labels=[tuple(row[:kept]) for row in samples.labels])  # type: ignore[index]
        found = samples.pick(np.flatnonzero(np.asarray(samples.labels) < kept))
        return found if sought is None else replace(found, labels=[int(label == sought) for label in found.labels])

    train = of_classes(source.train)
    learnt = np.flatnonzero(~np.asarray(train.validation or [False] * len(train)))
    chosen = learnt[choose_samples(np.asarray(train.labels)[learnt].tolist(), spec.samples)]
    train = train.pick(np.union1d(chosen, np.setdiff1d(np.arange(len(train)), learnt)))
    return replace(source, classes=classes, train=train, test=lambda: of_classes(source.test()))


def open_source(spec: Data) -> Source:
    """The data set that `spec` names, with `classes`, `samples` and `orientation` applied.

    Raises:
        RequestError: it is not available as asked for, or its labels are wrong.
    """
    source = scaled(load_variant("harness.data.datasets", spec.name)(spec), spec)
    if (np.ndim(source.train.labels) == 2) is not (spec.targets == MULTILABEL):
        found, asked = ("several labels", "one class") if spec.targets is None else ("one class", "several labels")
        raise RequestError(f"data.targets: an image of {source.label} has {found}, and {asked} an image was asked for")
    _refuse(label_faults(source.train, source.classes, "training"))
    if spec.shared_groups == "error":
        _refuse(group_faults(source.train))
    restricted = restrict(replace(source, test=lambda: _checked(source, spec)), spec)
    _refuse(class_faults(restricted.train, restricted.classes))
    if spec.orientation == "stored":
        return restricted
    return replace(restricted, train=upright(restricted.train), test=lambda: upright(restricted.test()))


@lru_cache(maxsize=1)
def opened(spec: Data) -> Source:
    """The same, but the last set is kept, and its test part once that is read: what is checked is then trained on.

    Raises:
        RequestError: as `open_source` does.
    """
    source = open_source(spec)
    return replace(source, test=cache(source.test))


def scaled(source: Source, spec: Data) -> Source:
    """The data set with the scale of its 16-bit grey.

    Raises:
        RequestError: there is no such window.
    """
    if spec.name == "dicom":  # whose files are shown by whoever reads them
        return source
    window = None if spec.window is None else asked_window(spec, source)
    notes = source.notes if window is None else (*source.notes, window_note(window))
    test = source.test
    return replace(source, train=shown_grey(source.train, spec), test=lambda: shown_grey(test(), spec), notes=notes)


def shown_grey(samples: Samples, spec: Data) -> Samples:
    """Images whose 16-bit grey is shown as `depth` or a settled `window` says."""
    found = replace(samples, depth=spec.depth or FULL)
    if samples.encoded:
        found = replace(found, values=lambda position: sixteen_bits(samples, position))
    window = None if spec.window is None else parse(spec.window)
    return windowed(found, window) if isinstance(window, Window) else found


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


def _checked(source: Source, spec: Data) -> Samples:
    samples = source.test()
    _refuse(label_faults(samples, source.classes, "test"))
    if spec.shared_groups == "error":
        _refuse(group_faults(source.train, samples))
    return samples


def upright(samples: Samples) -> Samples:
    """Images turned as their camera says."""

    def turned(position: int) -> Image.Image:
        return ImageOps.exif_transpose(samples.open(position))

    return replace(samples, open=turned, stamp=None if samples.stamp is None else f"{samples.stamp}/upright")


def _refuse(faults: Iterable[str]) -> None:
    found = list(faults)
    if found:
        raise RequestError(found)


def source_faults(spec: Data) -> list[str]:
    """One line for each fault of the data: in their files, their labels, or what is asked of them.

    A data set whose module has `faults(spec)` is left to that; any other is opened, and its images are read once.
    """
    check = getattr(importlib.import_module(f"harness.data.datasets.{spec.name}"), "faults", None)
    if check is not None:
        return list(check(spec))
    try:
        source = opened(spec)
    except RequestError as error:
        return list(error.faults)
    found: list[str] = []
    try:
        kept, _ = usable(source.train, spec, "training")
        found += class_faults(kept, source.classes)
    except RequestError as error:
        found += error.faults
    try:
        tested = usable(source.test(), spec, "test")[0]
        if not found:
            found += depth_faults(inspect(kept), inspect(tested), spec.depth)
    except RequestError as error:
        found += error.faults
    return found
