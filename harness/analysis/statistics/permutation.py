"""The permutation test of paired differences: their signs are exchanged."""

from __future__ import annotations

import numpy as np
import scipy

from harness.analysis.statistics.groups import batch
from harness.analysis.statistics.interval import Floats

LEAST = 6
"""The smallest p-value of n pairs is 2 / 2^n: 0.0625 for five pairs, 0.031 for six, the first to fall below 0.05."""

RESAMPLES = 9_999
_SEED = 20_263


def sign_flip(samples: Floats) -> tuple[Floats]:
    """Two-sided p-value of each row's mean against zero when signs are drawn anew, [samples, values].

    Fisher (1935, The Design of Experiments, section 21), as SciPy has it, on all rows of one size at once: exact, over
    all 2^n signs, up to 13 values, where 2 / 2^n is the smallest p-value there is; with more, over 9,999 random ones
    and the observed one, where 0.0002 is. It assumes no law, only that under the null a difference is as likely as
    its negative.
    """
    found = scipy.stats.permutation_test(
        (samples,),
        np.mean,
        permutation_type="samples",
        axis=-1,
        vectorized=True,
        n_resamples=RESAMPLES,
        batch=batch(samples),
        rng=np.random.default_rng(_SEED),
    )
    return (found.pvalue,)
