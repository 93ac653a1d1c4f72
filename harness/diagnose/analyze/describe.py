"""One part in numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from harness.diagnose.analyze.read import StoredPart

_QUANTILES = {"smallest": 0.0, "median": 0.5, "largest": 1.0}


@dataclass(frozen=True)
class LabelSummary:
    """Several labels an image: how many it has, and which say the same.

    `without` images have no label; `mean` and `largest` are of the labels of an image. `together` are pairs of labels
    that are there on the same images, `apart` of which each is there just where the other is not.
    """

    without: int
    mean: float
    largest: int
    together: tuple[tuple[int, int], ...]
    apart: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, having: npt.NDArray[np.bool_]) -> LabelSummary:
        """Of images [N, L]; a label that all or none have tells nothing of another."""
        each = having.sum(axis=1)
        counts = having.sum(axis=0)
        telling = (counts > 0) & (counts < len(having))
        shared = having.T.astype(np.float64) @ having  # [L, L], exact
        pairs = [(int(one), int(other)) for one, other in np.argwhere(np.triu(np.outer(telling, telling), 1))]
        return cls(
            without=int((each == 0).sum()),
            mean=float(each.mean()),
            largest=int(each.max()),
            together=tuple(pair for pair in pairs if shared[pair] == counts[pair[0]] == counts[pair[1]]),
            apart=tuple(
                pair for pair in pairs if not shared[pair] and counts[pair[0]] + counts[pair[1]] == len(having)
            ),
        )


@dataclass(frozen=True)
class Description:
    """What a part holds.

    `width`, `height`, `short_side` and `ratio` (width to height) have their smallest, median and largest value. `mean`
    and `std` are of all stored pixels in 0..1, red, green and blue. `imbalance` is the size of the largest class over
    that of the smallest; `effective_classes` is the exponential of the entropy of the classes' shares, which is their
    number where all are equally large (Hill 1973), and NaN where an image has several labels; `per_class` then counts
    the images with each label, and `labels` has more of them. `groups` is None where none are known, `flat` images have
    a single colour.
    """

    name: str
    images: int
    per_class: tuple[int, ...]
    width: dict[str, float]
    height: dict[str, float]
    short_side: dict[str, float]
    ratio: dict[str, float]
    modes: dict[str, int]
    grey: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    imbalance: float
    effective_classes: float
    groups: int | None
    flat: int
    unreadable: dict[str, str]
    labels: LabelSummary | None = None

    @property
    def one_size(self) -> bool:
        """Whether all images have the same width and height."""
        return self.width["smallest"] == self.width["largest"] and self.height["smallest"] == self.height["largest"]


def describe(part: StoredPart, classes: int) -> Description:
    """The numbers of one part; images that cannot be read count in none but `unreadable`."""
    images = part.images
    several = part.several
    counts = np.bincount(images["label"], minlength=classes) if several is None else several.sum(axis=0)
    shares = counts[counts > 0] / counts.sum()
    pixels = images["width"] * images["height"]
    mean = [float(np.average(images[f"{channel}_mean"], weights=pixels)) for channel in ("red", "green", "blue")]
    square = [float(np.average(images[f"{channel}_square"], weights=pixels)) for channel in ("red", "green", "blue")]
    return Description(
        name=part.name,
        images=len(images),
        per_class=tuple(int(count) for count in counts),
        width=_spread(images["width"]),
        height=_spread(images["height"]),
        short_side=_spread(images[["width", "height"]].min(axis=1)),
        ratio=_spread(images["width"] / images["height"]),
        modes={str(mode): int(count) for mode, count in images["mode"].value_counts().items()},
        grey=int(images["grey"].sum()),
        mean=tuple(mean),
        std=tuple(max(0.0, of_square - of_mean**2) ** 0.5 for of_mean, of_square in zip(mean, square, strict=True)),
        imbalance=float(counts.max() / counts.min()) if counts.min() else float("inf"),
        effective_classes=float(np.exp(-(shares * np.log(shares)).sum())) if several is None else float("nan"),
        groups=None if part.samples.groups is None else int(images["group"].nunique()),
        flat=int((~part.hashes.any(1)).sum()),
        unreadable=part.unreadable,
        labels=None if several is None else LabelSummary.of(several),
    )


def _spread(values: pd.Series) -> dict[str, float]:
    return {name: float(values.quantile(share)) for name, share in _QUANTILES.items()}
