"""Perceptual hashes: images that look alike get hashes that differ in few bits."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image

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
