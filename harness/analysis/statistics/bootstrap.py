"""The BCa bootstrap interval of a mean."""

from __future__ import annotations

import numpy as np
import scipy

from harness.analysis.choices import CONFIDENCE
from harness.analysis.statistics.groups import batch
from harness.analysis.statistics.interval import Floats

LEAST = 10
"""Below so many values the bootstrap's intervals are too narrow to be shown."""

RESAMPLES = 9_999
_SEED = 20_262


def bca(samples: Floats) -> tuple[Floats, Floats]:
    """Bounds of the 95 % bias-corrected and accelerated bootstrap interval of each row's mean, [samples, values].

    Efron (1987, J. Am. Statist. Ass. 82, 171-185), as SciPy has it; 9,999 resamples from a generator of its own, shared
    by all rows. It follows the skew of the differences, which Student's interval does not, but is the narrower at few
    values: of a normal law it covers about 92 % at ten. Rows of equal values give an interval of no width.
    """
    low, high = samples.mean(axis=-1), samples.mean(axis=-1)
    varied = np.ptp(samples, axis=-1) > 0
    if varied.any():
        found = scipy.stats.bootstrap(
            (samples[varied],),
            np.mean,
            axis=-1,
            vectorized=True,
            n_resamples=RESAMPLES,
            batch=batch(samples),
            confidence_level=CONFIDENCE,
            method="BCa",
            rng=np.random.default_rng(_SEED),
        ).confidence_interval
        low[varied], high[varied] = found.low, found.high
    return low, high
