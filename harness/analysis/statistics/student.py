"""Student's t as SciPy's special functions have it: `scipy.stats`, which is slow to import, calls the same."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import special

Numbers = float | npt.NDArray[np.float64]


def t_quantile(probability: float, freedom: Numbers) -> npt.NDArray[np.float64]:
    """Where the distribution function with so many degrees of freedom has this value."""
    return np.asarray(special.stdtrit(freedom, probability), dtype=np.float64)


def t_above(t: Numbers, freedom: Numbers) -> npt.NDArray[np.float64]:
    """The probability of a larger value."""
    return np.asarray(special.stdtr(freedom, np.negative(t)), dtype=np.float64)
