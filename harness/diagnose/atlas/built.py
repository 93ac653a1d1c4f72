"""One architecture, built for measurement: without its backbone's draw where that is possible."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import torch
from torch import nn

from harness.diagnose.atlas.library import Library
from harness.diagnose.atlas.skip import SkipBackbone
from harness.model.heads.initialise import SharedHeadDraw

SEED = 0


class NotDrawn(Exception):  # noqa: N818 - no fault of the architecture's: it is built in full instead
    """The head was made in a way that left it without values."""


@contextlib.contextmanager
def drawing(rows: int, skip: bool = True) -> Iterator[None]:
    """Heads of `rows` outputs are drawn from one fixed stream, so that laws and scales compare without luck.

    The caller's random state is left as it was.
    """
    with torch.random.fork_rng(devices=()), contextlib.ExitStack() as stack:
        torch.manual_seed(SEED)
        stack.enter_context(SharedHeadDraw(SEED, rows))
        if skip:
            stack.enter_context(SkipBackbone(rows))
        yield


def build(library: Library, architecture: str, num_classes: int | None, rows: int, skip: bool = True) -> nn.Module:
    """A model of the library, with dropout switched on where its constructor takes that.

    `rows` is the number of classes whose head is of interest, which `num_classes` leaves to the library if None.
    """
    with drawing(rows, skip):
        try:
            return library.create(architecture, num_classes, **library.options)
        except TypeError:
            return library.create(architecture, num_classes)
