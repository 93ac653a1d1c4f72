"""A folder of one's own images: `train/CLASS/*` with `val/CLASS/*`, `test/CLASS/*` or both, or `CLASS/*` alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image

from harness.data.depth import settled
from harness.data.folder import Files, Listing, scan
from harness.data.images import Samples, Source
from harness.data.split import HELD_OUT, hold_out
from harness.spec.errors import RequestError
from harness.spec.paths import printable
from harness.spec.spec import Data


def imagefolder(spec: Data) -> Source:
    """A folder in torchvision's ImageFolder form; classes are the sorted names of its folders.

    Tested on is `test/` where there is one, else `val/`; `val/` beside `test/` is validated on. Where there is neither,
    a fifth of each class is held out for the test, by whole groups where `data.groups` finds some: the same for every
    run.

    Raises:
        RequestError: the folder, its classes or the group pattern is wrong.
    """
    return from_listing(spec, scan(spec), samples)


def from_listing(spec: Data, listing: Listing, samples: Callable[[Files, str], Samples]) -> Source:
    """A folder that has been looked through, as a data set.

    Args:
        spec: what is asked for.
        listing: the files of its parts.
        samples: makes images of the files of one part and a fingerprint of their content; a file may hold several.

    Raises:
        RequestError: a cut of validation is asked for beside a validation part.
    """
    layout = listing.layout
    label = spec.label or spec.name
    stamp = f"{spec.fingerprint}/{'+'.join(part.name for part in layout.train)}"
    train = samples(listing.train, stamp)
    if listing.test is None or layout.test is None:
        learnt, held = hold_out(train.labels, train.groups)
        parts = {
            "train": f"{1 - HELD_OUT:.0%} of each class of {layout.train[0].name}/",
            "test": f"no test/ and no val/: the other {HELD_OUT:.0%}, held out by a fixed rule",
        }
        notes = (f"no test part: a fixed {HELD_OUT:.0%} of each class is held out for it", *listing.notes)
        return Source(label, listing.classes, train.pick(learnt), lambda: train.pick(held), parts, notes)
    test = samples(listing.test, f"{spec.fingerprint}/{layout.test.name}")
    if listing.validation is not None and layout.validation is not None:
        _refuse_cut(spec, layout.validation.name)
        both = samples(_both(listing.train, listing.validation), f"{stamp}+{layout.validation.name}")
        train = both.validated(np.arange(len(both)) >= len(train))
    return Source(label, listing.classes, train, lambda: test, _said(listing), listing.notes)


def settle(spec: Data) -> dict[str, Any]:
    """What the files settle of a request before it is identified: `depth` and `reading`."""
    try:
        return {"reading": scan(spec).reading, **settled(spec, imagefolder(spec))}
    except RequestError:  # told by whoever opens the folder
        return {}


def samples(files: Files, stamp: str) -> Samples:
    """The files of one part as images that are not decoded yet; `stamp` is a fingerprint of their content."""
    names = [printable("/".join(path.parts[-3:])) for path in files.paths]
    return Samples(
        names, files.labels, lambda position: Image.open(files.paths[position]), files.groups, stamp, encoded=True
    )


def _both(learnt: Files, own: Files) -> Files:
    """The files to learn from, and after them those that are validated on."""
    groups = None if learnt.groups is None else (*learnt.groups, *(own.groups or ()))
    return Files((*learnt.paths, *own.paths), (*learnt.labels, *own.labels), groups)


def _said(listing: Listing) -> dict[str, str]:
    """Which folders the parts are, where that is not `train/` and `val/`."""
    layout = listing.layout
    test = "" if layout.test is None else layout.test.name
    parts = {"train": "+".join(f"{part.name}/" for part in layout.train), "test": f"{test}/"}
    if layout.validation is not None:
        parts["validation"] = f"{layout.validation.name}/"
    return {} if parts == {"train": "train/", "test": "val/"} else parts


def _refuse_cut(spec: Data, name: str) -> None:
    for key in ("val_fraction", "split"):
        if getattr(spec, key) != Data.model_fields[key].default:
            raise RequestError(
                f"data.{key}: has no effect, as {name}/ is validated on; data.train_split=train+{name} cuts anew"
            )
