"""Any of torchvision's data sets with one label an image, by the name of its class: CIFAR10, Imagenette, PCAM, ..."""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from PIL import Image

from harness.data.datasets._torchvision import Splits, by_hand, find_class, find_splits, kwargs_faults, parameters
from harness.data.datasets._torchvision_content import Content, class_names, read_content
from harness.data.downloads import root_folder
from harness.data.images import Collection, Samples, Source
from harness.data.split import hold_out
from harness.spec.errors import RequestError
from harness.spec.spec import Data

_PARTS = {True: "train", False: "test"}


def torchvision(spec: Data) -> Source:
    """The set `spec.set` below `data.root`, read by torchvision's own class.

    Learnt from is `train=True` or the class's default split; tested on `train=False`, the split `test`, or `val` where
    `test` has no labels; `data.train_split` (several joined by +) and `data.test_split` choose otherwise. A set without
    official splits has a fifth of each class held out, the same for every run. torchvision checks the files it
    downloads by their MD5, and CIFAR's batches, which are pickles, before each unpickling; other formats run no code.

    Raises:
        RequestError: there is no such set, its files are missing or broken, or its images have not one label each.
    """
    opened = _opened(spec)
    return Source(spec.label or str(spec.set), opened.classes, opened.train, lambda: opened.test, opened.parts)


def identify(spec: Data) -> str:
    """Fingerprint of both parts: of the arrays, or of the files' names, sizes and content, and of the labels."""
    return _opened(spec).fingerprint


def _opened(spec: Data) -> Collection:
    if spec.set is None:
        raise RequestError("data.set: data=torchvision needs the name of a set, such as CIFAR10")
    kwargs = json.dumps(spec.kwargs, sort_keys=True)
    return _open(spec.set, root_folder(spec), kwargs, spec.download, spec.train_split, spec.test_split)


@lru_cache(maxsize=2)
def _open(
    name: str, root: Path, kwargs: str, download: bool, train_split: str | None, test_split: str | None
) -> Collection:
    reader = _Reader(name, root, json.loads(kwargs), download)
    splits = find_splits(name, reader.taken, train_split, test_split)
    if splits.argument is None:
        return _cut(reader)
    try:
        learnt = [reader.read({splits.argument: value}, _PARTS.get(value, value)) for value in splits.train]
    except LookupError as error:
        raise RequestError(f"data.train_split: {name} has no such part: {error}") from None
    tested, value, classes = _test(reader, splits)
    classes = shared_classes(name, [*(each for _, each in learnt), classes])
    stated = "+".join(str(value) for value in splits.train)
    parts = {"train": f"{splits.argument}={stated}", "test": f"{splits.argument}={value}"}
    return _assemble(classes, [content for content, _ in learnt], tested, parts)


def shared_classes(name: str, parts: list[tuple[str, ...]]) -> tuple[str, ...]:
    """The classes that the parts of a set have in common; of parts that number their classes, the most.

    Raises:
        RequestError: parts differ in names, or in the order in which they number them.
    """
    if all(classes == tuple(map(str, range(len(classes)))) for classes in parts):
        return max(parts, key=len)
    for classes in parts:
        if classes != parts[0]:
            differ = ", ".join(sorted(set(classes) ^ set(parts[0])))
            orders = f"{', '.join(parts[0])} against {', '.join(classes)}"
            said = f"the training and the test part of {name} differ in classes"
            raise RequestError(f"data.set: {said}: {differ or orders}")
    return parts[0]


class _Reader:
    """Opens splits of one set; whatever keeps them from being read ends in one line that says how to get them."""

    def __init__(self, name: str, root: Path, kwargs: dict[str, Any], download: bool) -> None:
        self.name, self.root, self.kwargs, self.download = name, root, kwargs, download
        self.kind = find_class(name)
        self.taken = parameters(self.kind)
        faults = kwargs_faults(name, self.taken, kwargs)
        if faults:
            raise RequestError(faults)

    def read(self, choice: dict[str, Any], part: str) -> tuple[Content, tuple[str, ...]]:
        """A split's content and classes.

        Raises:
            RequestError: it cannot be read.
            LookupError: the set has no such split.
        """
        arguments = {**self.kwargs, **choice}
        if "download" in self.taken:
            arguments["download"] = self.download
            if self.download:
                self.root.mkdir(parents=True, exist_ok=True)
        if "loader" in self.taken:
            arguments["loader"] = Image.open
        try:
            dataset = self.kind(self.root, **arguments)
            content = read_content(dataset, self.root, part)
            return content, class_names(dataset, content.labels or ())
        except RequestError:
            raise
        except Exception as error:  # each class has its own ways to fail on files that are missing or broken
            if isinstance(error, ValueError) and any(f"for argument {name}." in str(error) for name in choice):
                raise LookupError(str(error)) from None
            raise RequestError(self._why(error)) from None

    def _why(self, error: Exception) -> str:
        said = " ".join(str(error).split()).split(" You can ")[0].rstrip(".") or type(error).__name__
        hand = by_hand(self.kind, {**_defaults(self.taken), **self.kwargs}, self.root)
        if not self.download and "download" in self.taken:
            return (
                f"data.set: {self.name} cannot be read below {self.root} ({said}); data.download=true fetches it, "
                f"or {hand} by hand and give data.download=true to unpack it"
            )
        field = "data.download" if self.download else "data.set"
        return f"{field}: {self.name} is unavailable below {self.root} ({said}); {hand} by hand and try again"


def _defaults(taken: dict[str, Any]) -> dict[str, Any]:
    return {name: each.default for name, each in taken.items() if each.default is not each.empty}


def _test(reader: _Reader, splits: Splits) -> tuple[Content, Any, tuple[str, ...]]:
    """The first of the splits to try that there is, with labels."""
    refused = ""
    for value in splits.test:
        try:
            content, classes = reader.read({str(splits.argument): value}, _PARTS.get(value, value))
        except LookupError as error:
            refused = str(error)
            continue
        if content.labels is not None:
            return content, value, classes
        refused = f"its {value} part has no labels"
    raise RequestError(f"data.test_split: {reader.name} has no such test part: {refused}")


def _cut(reader: _Reader) -> Collection:
    content, classes = reader.read({}, "all")
    labels = _labels(content)
    train, test = hold_out(labels)
    whole = _samples([content], content.digest)
    parts = {"train": "no official split: four fifths of each class", "test": "no official split: the other fifth"}
    return Collection(classes, whole.pick(train), whole.pick(test), parts, content.digest)


def _labels(content: Content) -> list[int]:
    if content.labels is None:
        raise RequestError("data.train_split: the part to learn from has no labels")
    return content.labels


def _assemble(classes: tuple[str, ...], learnt: list[Content], tested: Content, parts: dict[str, str]) -> Collection:
    digests = [content.digest for content in (*learnt, tested)]
    fingerprint = hashlib.sha256("/".join(digests).encode()).hexdigest()[:16]
    train = _samples(learnt, f"{fingerprint}/train")
    return Collection(classes, train, _samples([tested], f"{fingerprint}/test"), parts, fingerprint)


def _samples(contents: list[Content], stamp: str) -> Samples:
    """Several splits one after the other."""
    place = [(content, index) for content in contents for index in range(len(content.names))]
    return Samples(
        names=[content.names[index] for content, index in place],
        labels=[label for content in contents for label in _labels(content)],
        open=lambda position: place[position][0].open(place[position][1]),
        stamp=stamp,
        encoded=any(content.encoded for content in contents),
    )
