"""A data set of the Hugging Face hub, or a folder of files that the `datasets` library reads (parquet, images, ...)."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from harness.data.datasets._huggingface import Columns, Rows, find_columns, open_table, take_rows
from harness.data.datasets._huggingface_labels import by_name, match_values, stated
from harness.data.depth import settled
from harness.data.images import Collection, Samples, Source
from harness.data.layout import ROLES
from harness.data.names import shown
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
    `data.image_column` and `data.label_column` name them. Labels are matched by the classes' names, in whatever order a
    file of the set numbers them. `data.kwargs` goes to `datasets.load_dataset` (`name`, `revision`, ...). With
    `data.stream=true`, only `data.samples` images of each part are read, the first after a shuffle through the
    library's buffer with a fixed seed, since many sets lie sorted by class.

    Raises:
        RequestError: the library is not installed, the set is unavailable, or it has no such columns or splits.
    """
    opened = _opened(spec)
    label = str(spec.label or spec.set)
    return Source(label, opened.classes, opened.train, lambda: opened.test, opened.parts, opened.notes)


def settle(spec: Data) -> dict[str, Any]:
    """What the files settle of a request before it is identified: `depth` and `reading`."""
    if spec.stream and spec.samples is None:
        return {}  # it has no end; a rule refuses it
    try:
        return {"reading": _opened(spec).reading, **settled(spec, huggingface(spec))}
    except RequestError:  # told by whoever opens the set
        return {}


def identify(spec: Data) -> str:
    """Fingerprint of all labels of both parts, and of 256 images of each, evenly spread, as they are encoded."""
    return _opened(spec).fingerprint


_IRRELEVANT = (
    "size", "classes", "val_fraction", "split", "label", "fingerprint", "reading", "unreadable", "depth", "orientation",
    "window",
)  # fmt: skip


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
    _refuse_flat(spec, columns)
    limit = spec.samples if spec.stream else None
    contents = [(name, take_rows(table[name], columns, limit)) for name in learnt]
    tested, rows = _test(table, columns, spec, learnt)
    classes, labels, notes = _numbered(spec, columns, [*contents, (tested, rows)])
    parts = [
        _part([(name, replace(rows, labels=labels[name])) for name, rows in each])
        for each in (contents, [(tested, rows)])
    ]
    fingerprint = hashlib.sha256("/".join(digest for _, digest in parts).encode()).hexdigest()[:16]
    train, test = parts[0][0], parts[1][0]
    said = f", {spec.samples} images streamed" if spec.stream else ""
    return Collection(
        classes,
        replace(train, stamp=f"{fingerprint}/train"),
        replace(test, stamp=f"{fingerprint}/test"),
        {"train": f"split={'+'.join(learnt)}{said}", "test": f"split={tested}{said}"},
        fingerprint,
        notes,
        "labels=by name" if notes else None,
    )


def _test(table: Any, columns: Columns, spec: Data, learnt: list[str]) -> tuple[str, Rows]:
    wanted = (spec.test_split,) if spec.test_split else TEST
    for name in wanted:
        if name in table and name not in learnt:
            rows = take_rows(table[name], columns, spec.samples if spec.stream else None)
            if rows.given and not all(label in (None, -1) for label in rows.given):
                return name, rows
    raise RequestError(
        f"data.test_split: no labelled split named {' or '.join(wanted)} beside {'+'.join(learnt)}; "
        f"{suggest(wanted[0], table)}"
    )


def _part(contents: list[tuple[str, Rows]]) -> tuple[Samples, str]:
    """The samples of one part, and a digest of its labels and of some of its images."""
    place = [(rows, index) for _, rows in contents for index in range(len(rows.labels))]
    names = [f"{name} {index}" for name, rows in contents for index in range(len(rows.labels))]
    labels = [rows.labels[index] for rows, index in place]
    digest = hashlib.sha256(json.dumps([rows.given[index] for rows, index in place]).encode())
    for position in np.unique(np.linspace(0, len(place) - 1, min(_SPREAD, len(place)), dtype=int)):
        rows, index = place[position]
        digest.update(rows.content(index))
    return (
        Samples(names, labels, lambda position: place[position][0].open(place[position][1]), encoded=True),
        digest.hexdigest()[:16],
    )


def _numbered(
    spec: Data, columns: Columns, contents: list[tuple[str, Rows]]
) -> tuple[tuple[str, ...], dict[str, list[int]], tuple[str, ...]]:
    """The classes, each split's labels as their numbers, and notes on how these came about; the test split comes last.

    Raises:
        RequestError: a row has no label, or splits name or number their classes in ways that cannot be matched.
    """
    for name, rows in contents:
        missing = [f"{name} {index}" for index, label in enumerate(rows.given) if label is None or label == ""]
        if missing:
            raise RequestError(
                f"data.label_column: {len(missing)} of {len(rows.given)} rows have no label: {shown(missing)}"
            )
    if columns.classes is None:
        classes, labels = match_values({name: list(map(str, rows.given)) for name, rows in contents})
        return classes, labels, ()
    files = stated(spec, columns.label)
    labels, notes = {}, []
    for name, rows in contents:
        labels[name], told = by_name(rows.given, files.get(name, []), columns.classes, name, spec.stream)
        notes += told
    return columns.classes, labels, tuple(notes)


def _refuse_flat(spec: Data, columns: Columns) -> None:
    """The library labels images that lie in no class folder by the folder of their split."""
    parts = {name for names in ROLES.values() for name in names}
    if spec.path is not None and columns.classes and {name.casefold() for name in columns.classes} <= parts:
        raise RequestError(
            f"data.path: images lie right below {'/ and '.join(columns.classes)}/, where nothing says their class; put "
            "them into folders named by it, or beside a metadata.csv with the columns file_name and label"
        )
