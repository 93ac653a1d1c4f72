"""A data set of the Hugging Face hub, or a folder of files that the `datasets` library reads (parquet, images, ...)."""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from typing import Any

import numpy as np

from harness.data.parts.labels import shown
from harness.data.parts.source import Collection, Samples, Source
from harness.data.parts.table.columns import Columns, find_columns
from harness.data.parts.table.read import Rows, open_table, take_rows
from harness.spec.errors import RequestError
from harness.spec.spec import Data
from harness.spec.variants import suggest

TEST = ("test", "validation", "valid", "val")
"""The first of these that the set has with labels is its test part."""

_SPREAD = 256


def huggingface(spec: Data) -> Source:
    """`data.set=OWNER/NAME` from the hub, kept below `data.root`, or `data.path=FOLDER`.

    Learnt from is the split `train`, tested on the first of `test`, `validation` that has labels; `data.train_split`
    (several joined by +) and `data.test_split` choose otherwise. The columns of images and labels are found by type;
    `data.image_column` and `data.label_column` name them. `data.kwargs` goes to `datasets.load_dataset` (`name`,
    `revision`, ...). With `data.stream=true`, only `data.samples` images of each part are read, the first after a
    shuffle through the library's buffer with a fixed seed, since many sets lie sorted by class.

    Raises:
        RequestError: the library is not installed, the set cannot be had, or it has no such columns or splits.
    """
    opened = _opened(spec)
    return Source(str(spec.label or spec.set), opened.classes, opened.train, lambda: opened.test, opened.parts)


def identify(spec: Data) -> str:
    """Fingerprint of all labels of both parts, and of 256 images of each, evenly spread, as they are encoded."""
    return _opened(spec).fingerprint


_IRRELEVANT = ("size", "classes", "val_fraction", "split", "label", "fingerprint", "unreadable", "orientation")


def _opened(spec: Data) -> Collection:
    plain = {key: Data.model_fields[key].default for key in _IRRELEVANT}
    if not spec.stream:
        plain["samples"] = None
    return _open(spec.model_copy(update=plain))


@lru_cache(maxsize=2)
def _open(spec: Data) -> Collection:
    table = open_table(spec)
    learnt = (spec.train_split or "train").split("+")
    for name in learnt:
        if name not in table:
            raise RequestError(f"data.train_split: there is no split '{name}'; {suggest(name, table)}")
    features = table[learnt[0]].features
    if features is None:
        raise RequestError("data.stream: the set does not say what its columns hold; read it whole")
    columns = find_columns(features, spec.image_column, spec.label_column)
    limit = spec.samples if spec.stream else None
    contents = [(name, take_rows(table[name], columns, limit)) for name in learnt]
    values = {str(label) for _, rows in contents for label in rows.labels}
    classes = columns.classes or tuple(sorted(values, key=_order))
    tested, rows = _test(table, columns, spec, learnt)
    numbered = {name: number for number, name in enumerate(classes)}
    parts = [_part(contents, columns, numbered), _part([(tested, rows)], columns, numbered)]
    fingerprint = hashlib.sha256("/".join(digest for _, digest in parts).encode()).hexdigest()[:16]
    train, test = parts[0][0], parts[1][0]
    said = f", {spec.samples} images streamed" if spec.stream else ""
    return Collection(
        classes,
        _stamped(train, f"{fingerprint}/train"),
        _stamped(test, f"{fingerprint}/test"),
        {"train": f"split={'+'.join(learnt)}{said}", "test": f"split={tested}{said}"},
        fingerprint,
    )


def _order(name: str) -> tuple[int, str]:
    """Numbers by their value, then text."""
    return (int(name), "") if name.lstrip("-").isdecimal() else (2**62, name)


def _test(table: Any, columns: Columns, spec: Data, learnt: list[str]) -> tuple[str, Rows]:
    wanted = (spec.test_split,) if spec.test_split else TEST
    for name in wanted:
        if name in table and name not in learnt:
            rows = take_rows(table[name], columns, spec.samples if spec.stream else None)
            if rows.labels and not all(label in (None, -1) for label in rows.labels):
                return name, rows
    raise RequestError(
        f"data.test_split: no labelled split named {' or '.join(wanted)} beside {'+'.join(learnt)}; "
        f"{suggest(wanted[0], table)}"
    )


def _part(contents: list[tuple[str, Rows]], columns: Columns, numbered: dict[str, int]) -> tuple[Samples, str]:
    """The samples of one part, and a digest of its labels and of some of its images."""
    place = [(rows, index) for _, rows in contents for index in range(len(rows.labels))]
    names = [f"{name} {index}" for name, rows in contents for index in range(len(rows.labels))]
    given = [rows.labels[index] for rows, index in place]
    missing = [name for name, label in zip(names, given, strict=True) if label is None]
    if missing:
        raise RequestError(f"data.label_column: {len(missing)} of {len(names)} rows have no label: {shown(missing)}")
    labels = [label if columns.classes else numbered.get(str(label), -1) for label in given]
    digest = hashlib.sha256(json.dumps(given).encode())
    for position in np.unique(np.linspace(0, len(place) - 1, min(_SPREAD, len(place)), dtype=int)):
        rows, index = place[position]
        digest.update(rows.content(index))
    return (
        Samples(names, labels, lambda position: place[position][0].open(place[position][1]), encoded=True),
        digest.hexdigest()[:16],
    )


def _stamped(samples: Samples, stamp: str) -> Samples:
    return Samples(samples.names, samples.labels, samples.open, stamp=stamp, encoded=True)
