"""Images beside a table that says what is seen in each: a folder with one CSV file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image

from harness.data.datasets._table import LabelledImage, TableContent, read_table, table_file
from harness.data.depth import settled
from harness.data.images import Labels, Samples, Source
from harness.data.split import HELD_OUT, hold_out
from harness.spec.errors import RequestError
from harness.spec.spec import MULTILABEL, Data

__all__ = ["from_table", "settle", "table", "table_file"]


def table(spec: Data) -> Source:
    """A folder of images with a CSV file: a column `file`, and a column of 0 and 1 for each label, or one of classes.

    `file` is relative to the folder. Columns `patient` (or `group`) and `split` (train, val, test) are optional. Every
    other column, or those that `data.label_column=A+B` names, is a label that an image has or has not; where there is
    one such column alone, its values are the classes. No patient is on both sides of a cut that is made here, and
    without rows of a part it is cut as a folder's is. Images that the table does not name are left out, and told.

    Raises:
        RequestError: the table or what it says is wrong.
    """
    content = read_table(spec)
    return from_table(spec, content, lambda rows, stamp: _samples(content, rows, stamp))


def from_table(spec: Data, content: TableContent, samples: Callable[[list[LabelledImage], str], Samples]) -> Source:
    """A table that has been read, as a data set.

    Args:
        spec: what is asked for.
        content: its rows.
        samples: makes images of the rows of a part and a fingerprint of their content; a row may name several.

    Raises:
        RequestError: a cut of validation is asked for beside rows that are validated on.
    """
    learnt, own, tested = (content.of(part) for part in ("train", "val", "test"))
    label = spec.label or spec.name
    train = samples([*learnt, *own], f"{spec.fingerprint}/train+val" if own else f"{spec.fingerprint}/train")
    if own:
        train = train.validated(np.arange(len(train)) >= len(samples(learnt, f"{spec.fingerprint}/train")))
        _refuse_cut(spec)
    if tested:
        test = samples(tested, f"{spec.fingerprint}/test")
        return Source(label, content.classes, train, lambda: test, content.parts, content.notes)
    first, held = hold_out(train.labels, train.groups)
    notes = (f"no test part: a fixed {HELD_OUT:.0%} of the images is held out for it", *content.notes)
    return Source(label, content.classes, train.pick(first), lambda: train.pick(held), content.parts, notes)


def settle(spec: Data) -> dict[str, Any]:
    """What the files settle of a request before it is identified: `depth` and `targets`."""
    try:
        several = {"targets": MULTILABEL} if read_table(spec).multilabel else {}
        return {**several, **settled(spec, table(spec))}
    except RequestError:  # told by whoever opens the folder
        return {}


def _samples(content: TableContent, rows: list[LabelledImage], stamp: str) -> Samples:
    labels: Labels = [row.labels for row in rows] if content.multilabel else [row.labels[0] for row in rows]
    groups = tuple(row.group for row in rows if row.group is not None)
    return Samples(
        [row.name for row in rows],
        labels,
        lambda position: Image.open(rows[position].path),
        groups if content.grouped else None,
        stamp,
        encoded=True,
    )


def _refuse_cut(spec: Data) -> None:
    for key in ("val_fraction", "split"):
        if getattr(spec, key) != Data.model_fields[key].default:
            raise RequestError(f"data.{key}: has no effect, as the table's rows of split=val are validated on")
