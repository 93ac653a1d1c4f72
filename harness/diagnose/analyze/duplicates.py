"""Images that are there more than once, exactly or nearly, within a part and across both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from harness.diagnose.analyze.read import StoredPart, distances

NEAR = 12
"""Bits of 256: 5 %, as two unrelated images differ in about 128. Copies saved anew, or resized, differ in fewer."""

MOST_IMAGES = 20_000
"""Near duplicates are looked for among so many images, as every one is compared with every other."""


@dataclass(frozen=True)
class Pair:
    """Two images, by part, position and name; `bits` is None where they are equal pixel by pixel.

    `labels` are their classes, or tuples of 0 and 1 where an image has several labels.
    """

    first: tuple[str, int, str]
    second: tuple[str, int, str]
    labels: tuple[Any, Any]
    bits: int | None

    @property
    def across(self) -> bool:
        """Whether one is learnt from and the other tested on."""
        return self.first[0] != self.second[0]

    @property
    def conflict(self) -> bool:
        """Whether they are labelled differently."""
        return bool(self.labels[0] != self.labels[1])


@dataclass(frozen=True)
class Duplicates:
    """Every image that equals (`exact`), or nearly equals (`near`), an earlier one, with that one."""

    exact: tuple[Pair, ...]
    near: tuple[Pair, ...]
    compared: int


def duplicates(parts: list[StoredPart]) -> Duplicates:
    """Each later image beside the first that it repeats; across both parts, the training part comes first.

    An image of a single colour has no structure to compare, and takes part in exact comparison alone.
    """
    table = pd.concat([part.images.assign(part=part.name) for part in parts], ignore_index=True)
    hashes = np.concatenate([part.hashes for part in parts])
    first = table.groupby("digest", sort=False)["position"].transform("size") > 1
    exact = []
    for _, group in table[first].groupby("digest", sort=False):
        earliest, *later = group.index.to_numpy(int)
        exact += [_pair(table, int(earliest), int(at), None) for at in later]
    distinct = table.drop_duplicates("digest").index.to_numpy()
    distinct = distinct[hashes[distinct].any(1)]
    if len(distinct) > MOST_IMAGES:
        distinct = distinct[np.linspace(0, len(distinct) - 1, MOST_IMAGES).astype(int)]
    near = []
    for place, at in enumerate(distinct[1:], start=1):
        bits = distances(hashes[at], hashes[distinct[:place]])
        closest = int(bits.argmin())
        if bits[closest] <= NEAR:
            near.append(_pair(table, int(distinct[closest]), int(at), int(bits[closest])))
    return Duplicates(tuple(exact), tuple(near), len(distinct))


def _pair(table: pd.DataFrame, first: int, second: int, bits: int | None) -> Pair:
    rows = table.loc[[first, second]]
    one, other = zip(rows["part"].astype(str), rows["position"].astype(int), rows["name"].astype(str), strict=True)
    labels = rows["label"].tolist()
    return Pair(one, other, (labels[0], labels[1]), bits)
