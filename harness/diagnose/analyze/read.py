"""Every stored image of a part, looked at once, with a hash by which images that look alike are found."""

from __future__ import annotations

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from PIL import Image

from harness.data.images import Samples
from harness.data.resize import to_rgb

SIDE = 16
WORDS = SIDE * SIDE // 64

Hash = npt.NDArray[np.uint64]


def difference_hash(image: Image.Image) -> Hash:
    """256 bits in four words: whether each of 16 × 16 cells is darker than its right neighbour.

    Krawetz's dHash ("Kind of Like That", hackerfactor.com, 2013) with four times its 64 bits, as X-rays of a kind
    share the coarse ones. Insensitive to size, brightness and compression, not to cropping or turning.
    """
    small = image.convert("L").resize((SIDE + 1, SIDE), Image.Resampling.LANCZOS)
    cells = np.asarray(small, np.int16)
    return np.packbits(cells[:, 1:] > cells[:, :-1]).view(np.uint64)


def distances(one: Hash, others: Hash) -> npt.NDArray[np.int64]:
    """In how many bits a hash [4] differs from each of others [N, 4]."""
    bits: npt.NDArray[np.int64] = np.bitwise_count(one ^ others).sum(1, dtype=np.int64)
    return bits


_CHANNELS = ("red", "green", "blue")


@dataclass(frozen=True, eq=False)
class StoredPart:
    """One part of a data set as it is stored.

    `images` has one row for each readable image: its `position` among the samples, `name`, `label`, `group` (None where
    unknown), `width`, `height`, `mode`, whether it is `grey`, `digest` of its pixels, and mean and mean square of each
    channel in 0..1. `hashes` [N, 4] are their perceptual hashes. `unreadable` names the others, each with the error.
    """

    name: str
    samples: Samples
    images: pd.DataFrame
    hashes: npt.NDArray[np.uint64]
    unreadable: dict[str, str]

    @property
    def several(self) -> npt.NDArray[np.bool_] | None:
        """Which of the readable images have which label, [N, L]; None where an image has one class."""
        if np.ndim(self.samples.labels) == 1:
            return None
        return np.array(self.images["label"].tolist(), dtype=bool)

    def positions_of(self, label: int) -> npt.NDArray[np.int64]:
        """Of the readable images of a class, or with a label."""
        of = self.images["label"] == label if self.several is None else self.several[:, label]
        return self.images.loc[of, "position"].to_numpy(np.int64)


def read(name: str, samples: Samples) -> StoredPart:
    """Decode all images of a part, side by side; none is kept."""
    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        found = list(pool.map(lambda position: _look(samples, position), range(len(samples))))
    readable = [(row, bits) for row, bits in found if bits is not None]
    images = pd.DataFrame([row for row, _ in readable])
    hashes = np.array([bits for _, bits in readable], np.uint64).reshape(len(readable), WORDS)
    unreadable = {samples.names[row["position"]]: row["error"] for row, bits in found if bits is None}
    return StoredPart(name, samples, images, hashes, unreadable)


def _plain(label: Any) -> Any:
    """A class as a number, several labels as a tuple of 0 and 1."""
    return tuple(int(each) for each in label) if np.ndim(label) else int(label)


def _look(samples: Samples, position: int) -> tuple[dict[str, Any], npt.NDArray[np.uint64] | None]:
    try:
        with samples.open(position) as image:
            plain = to_rgb(image, samples.depth)
            mode, (width, height) = image.mode, image.size
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        return {"position": position, "error": " ".join(str(error).split()) or type(error).__name__}, None
    pixels = np.asarray(plain)
    unit = pixels.reshape(-1, 3).astype(np.float64) / 255
    row: dict[str, Any] = {
        "position": position,
        "name": samples.names[position],
        "label": _plain(samples.labels[position]),
        "group": None if samples.groups is None else samples.groups[position],
        "width": width,
        "height": height,
        "mode": mode,
        "grey": bool((pixels[..., :1] == pixels).all()),
        "digest": hashlib.blake2b(pixels.tobytes() + str(pixels.shape).encode(), digest_size=16).hexdigest(),
    }
    row |= {f"{channel}_mean": value for channel, value in zip(_CHANNELS, unit.mean(0), strict=True)}
    row |= {f"{channel}_square": value for channel, value in zip(_CHANNELS, np.square(unit).mean(0), strict=True)}
    return row, difference_hash(plain)
