"""Corrections for the many comparisons of one study."""

from __future__ import annotations

import numpy as np
import scipy

from harness.analysis.choices import Correction
from harness.analysis.statistics.interval import Floats

FAMILYWISE = 0.05
"""A corrected p-value below it makes a difference robust; under `fdr` it is the share of false findings borne."""

TITLES: dict[Correction, str] = {"holm": "Holm's correction", "fdr": "Benjamini and Hochberg's correction"}


def column(correction: Correction) -> str:
    """The name that the corrected p-value has in tables."""
    return f"p_{correction}"


def holm(p: Floats) -> Floats:
    """p-values corrected by the step-down method of Holm (1979, Scand. J. Statist. 6, 65-70); NaN stays NaN.

    It bounds the chance of one or more false findings in the whole family, however its members depend on one
    another.
    """
    corrected = np.full(p.shape, np.nan)
    known = np.flatnonzero(~np.isnan(p))
    if known.size:
        order = known[np.argsort(p[known], kind="stable")]
        steps = np.maximum.accumulate(p[order] * np.arange(order.size, 0, -1))
        corrected[order] = np.minimum(steps, 1.0)
    return corrected


def benjamini_hochberg(p: Floats) -> Floats:
    """p-values corrected after Benjamini and Hochberg (1995, J. R. Statist. Soc. B 57, 289-300); NaN stays NaN.

    It bounds the expected share of false findings among all findings, where the members are independent or depend
    positively on one another (Benjamini and Yekutieli 2001), as comparisons with one baseline do.
    """
    corrected = np.full(p.shape, np.nan)
    known = ~np.isnan(p)
    if known.any():
        corrected[known] = scipy.stats.false_discovery_control(p[known])
    return corrected


def corrected(p: Floats, correction: Correction) -> Floats:
    """p-values of a family, corrected by the study's method."""
    return holm(p) if correction == "holm" else benjamini_hochberg(p)
