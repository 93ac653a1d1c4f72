"""Many samples at once: those of one size make one array, which SciPy resamples in one go."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from harness.analysis.statistics.interval import Floats

MOST_VALUES = 4_000_000
"""Values that one step of resampling may hold at a time, 32 MB."""


def over_groups(
    samples: Sequence[Floats], least: int, of: Callable[[Floats], tuple[Floats, ...]], results: int
) -> Floats:
    """What `of` gives for each sample, [results, samples]; NaN for samples with fewer than `least` values.

    `of` takes samples of one size as [samples, values] and returns so many arrays [samples].
    """
    sizes = np.array([len(sample) for sample in samples], dtype=int)
    found = np.full((results, len(samples)), np.nan)
    for size in np.unique(sizes[sizes >= least]).tolist():
        alike = np.flatnonzero(sizes == size).tolist()
        found[:, alike] = of(np.stack([samples[at] for at in alike]))
    return found


def batch(samples: Floats) -> int:
    """How many resamples of samples [samples, values] are held at a time."""
    return max(1, MOST_VALUES // samples.size)
