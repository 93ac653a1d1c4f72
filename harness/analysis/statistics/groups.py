"""Many samples at once: those of one size make one array, which SciPy resamples in one go."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from harness.analysis.statistics.interval import Floats

MOST_VALUES = 4_000_000
"""Values that one step of resampling may hold at a time, 32 MB."""


def over_groups(samples: Sequence[Floats], least: int, of: Callable[[Floats], tuple[Floats, ...]]) -> Floats:
    """What `of` gives for each sample, [results, samples]; NaN for samples with fewer than `least` values.

    `of` takes samples of one size as [samples, values] and returns arrays [samples].
    """
    sizes = np.array([len(sample) for sample in samples], dtype=int)
    results: dict[int, tuple[Floats, ...]] = {
        size: of(np.stack([samples[at] for at in np.flatnonzero(sizes == size)]))
        for size in np.unique(sizes[sizes >= least]).tolist()
    }
    width = len(next(iter(results.values()))) if results else 1
    found = np.full((width, len(samples)), np.nan)
    for size, result in results.items():
        found[:, sizes == size] = result
    return found


def batch(samples: Floats) -> int:
    """How many resamples of samples [samples, values] are held at a time."""
    return max(1, MOST_VALUES // samples.size)
