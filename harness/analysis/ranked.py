"""Areas under curves of weighted images: scores are sorted once, and each row of weights costs one pass over them.

Images that share a score are taken together, and so are those between two scores that images which are sought have: of
22,433 images of which 5 % are sought (the size of ChestXray14's test part) 1,511 places are left.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import numpy.typing as npt
from scipy import sparse

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

BLOCK = 128
"""So many rows of weights at a time bound the memory: 1 KiB for each place and array."""


def roc_area(is_it: Flags, score: npt.NDArray[np.floating], weights: Floats) -> Floats:
    """The weighted fraction of pairs in which one of `is_it` [N] scores higher, ties half, [resamples].

    As Hanley and McNeil (1982) show the area under the ROC curve to be. NaN where a row of `weights` [resamples, N] has
    none of either kind.
    """
    return _by_block(_roc_area, is_it, score, weights)


def precision_recall_area(is_it: Flags, score: npt.NDArray[np.floating], weights: Floats) -> Floats:
    """The sum of precisions weighted by the rise in recall, without interpolation, [resamples]; NaN of none."""
    return _by_block(_precision_recall_area, is_it, score, weights)


def _roc_area(hit: Floats, said: Floats) -> Floats:
    missed = said - hit
    down = missed.cumsum(axis=0)
    won = (hit * (down[-1] - down + missed / 2)).sum(axis=0)
    return over(won, down[-1] * hit.sum(axis=0))


def _precision_recall_area(hit: Floats, said: Floats) -> Floats:
    precision = hit.cumsum(axis=0)
    total = precision[-1].copy()
    so_far = said.cumsum(axis=0)
    np.divide(precision, so_far, out=precision, where=so_far > 0)
    return over((hit * precision).sum(axis=0), total)


def _by_block(
    area: Callable[[Floats, Floats], Floats], is_it: Flags, score: npt.NDArray[np.floating], weights: Floats
) -> Floats:
    """`area(hit, said)` of the weights at each place of the ranking, [places, resamples], highest scores first."""
    place = _places(is_it, score)
    sum_of = partial(_sums, place, int(place.max()) + 1)
    hit, said = sum_of(np.flatnonzero(is_it)), sum_of(np.arange(len(place)))
    blocks = (np.ascontiguousarray(weights[at : at + BLOCK].T) for at in range(0, len(weights), BLOCK))
    return np.concatenate([area(hit @ block, said @ block) for block in blocks])


def _places(is_it: Flags, score: npt.NDArray[np.floating]) -> npt.NDArray[np.int64]:
    """Where each image stands, [N]: a place for each score that one of `is_it` has, and for all between two of them."""
    order = np.argsort(-score.astype(np.float64), kind="stable")
    score_of = np.append(0, np.diff(score[order]) != 0).cumsum()
    sought = np.bincount(score_of, weights=is_it[order]) > 0
    place_of = np.append(0, sought[1:] | sought[:-1]).cumsum()
    place = np.empty(len(score), dtype=np.int64)
    place[order] = place_of[score_of]
    return place


def _sums(place: npt.NDArray[np.int64], places: int, images: npt.NDArray[np.int64]) -> sparse.csr_matrix:
    """A matrix [places, N] that sums the weights of these images by their places."""
    return sparse.csr_matrix((np.ones(len(images)), (place[images], images)), shape=(places, len(place)))


def over(part: Floats, whole: Floats) -> Floats:
    """The fraction; NaN where there is nothing to be a part of."""
    found: Floats = np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0)
    return found
