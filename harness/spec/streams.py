"""Independent random streams: one seed a run, and from it one seed for each purpose.

A stream depends only on the fields that it is about. Two creation methods with the same seed see the same images
in the same order with the same augmentation, so that comparisons are paired by construction; `replicate` moves
the streams of the head's initialisation, the adapters' and of dropout alone, which makes a null pair. `data.split`
takes the place of the seed in the stream of the split alone, so that a study can cross seeds with splits.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from harness.spec.spec import Spec

Purpose = Literal["split", "order", "augmentation", "backbone", "head", "dropout", "flip", "adapters"]

_REPLICATED: frozenset[Purpose] = frozenset({"head", "dropout", "adapters"})


def stream(spec: Spec, purpose: Purpose) -> int:
    """The seed of one purpose's generator, below 2**63."""
    crossed = purpose == "split" and spec.data.split is not None
    parts = [purpose, str(spec.data.split if crossed else spec.seed)]
    if purpose in _REPLICATED:
        parts.append(str(spec.replicate))
    return derive(*parts)


def derive(*parts: str) -> int:
    """A seed below 2**63 from a path of names, the same on every machine and in every process."""
    digest = hashlib.sha256("/".join(parts).encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1
