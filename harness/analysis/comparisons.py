"""Every comparison with the baseline by itself: intervals, tests, size of the effect, and what its pairs can tell."""

from __future__ import annotations

import numpy as np
import pandas as pd

from harness.analysis.findings import Findings
from harness.analysis.pairing import by_seed, lost
from harness.analysis.statistics import UNDECIDED, Floats
from harness.analysis.statistics.effects import hedges_g, superiority, tost
from harness.analysis.statistics.power import MOST_SEEDS, detectable, seeds_for_verdict
from harness.analysis.statistics.resamples import LEAST_FOR_BCA, LEAST_FOR_SIGN_FLIP, bca, over_groups, sign_flip
from harness.analysis.statistics.verdict import column

KEYS = ["row", "arm"]


def comparisons(found: Findings) -> pd.DataFrame:
    """One row for each cell that is compared with the baseline; empty where none is.

    Differences are paired by seed, the mean over splits where these are crossed. The t interval is the main one, and
    verdicts are its; the BCa bootstrap stands beside it from ten seeds on, the sign-flip test from six on. A cell all
    of whose pairs are lost has its row.
    """
    cells = found.cells[found.cells["comparison"]].merge(lost(found.runs).rename("lost").reset_index(), on=KEYS)
    if cells.empty:
        return pd.DataFrame()
    samples = _samples(found, cells)
    n, mean, sd = (cells[name].to_numpy(float) for name in ("pairs", "diff_mean", "diff_sd"))
    margin = found.study.margin
    bca_low, bca_high = over_groups(samples, LEAST_FOR_BCA, bca, 2)
    better, better_low, better_high = over_groups(samples, 1, superiority, 3)
    return pd.DataFrame(
        {
            "backbone": cells["backbone"],
            "data": cells["data"],
            "cell": cells["row_label"],
            "arm": cells["arm_label"],
            **{name: cells[name] for name in ("pairs", "lost", "diff_mean", "diff_low", "diff_high")},
            "bca_low": bca_low,
            "bca_high": bca_high,
            "p": cells["p"],
            "p_permutation": over_groups(samples, LEAST_FOR_SIGN_FLIP, sign_flip, 1)[0],
            column(found.study.correction): cells[column(found.study.correction)],
            "p_tost": tost(n, mean, sd, margin),
            "g": hedges_g(n, mean, sd),
            "better": 100 * better,
            "better_low": 100 * better_low,
            "better_high": 100 * better_high,
            "detectable": detectable(n, sd),
            "seeds_needed": _needed(cells, seeds_for_verdict(mean, sd, margin)),
            "verdict": cells["verdict"],
        }
    )


def _samples(found: Findings, cells: pd.DataFrame) -> list[Floats]:
    """The differences of each cell, a value a seed."""
    pairs = by_seed(found.pairs, KEYS).dropna(subset=["difference"])
    values = {key: part.to_numpy(float) for key, part in pairs.groupby(KEYS, sort=False)["difference"]}
    return [values.get(key, np.empty(0)) for key in zip(cells["row"], cells["arm"], strict=True)]


def _needed(cells: pd.DataFrame, seeds: Floats) -> list[str]:
    """How many seeds a verdict still lacks, 0 where there is one."""
    open_ = (cells["verdict"] == UNDECIDED) | (cells["verdict"] == "")
    told = []
    for still, seen, wanted in zip(open_, cells["pairs"], seeds, strict=True):
        if not still:
            told.append("0")
        elif np.isnan(wanted):
            told.append("")
        else:
            told.append(f"> {MOST_SEEDS}" if np.isinf(wanted) else f"{max(0, wanted - seen):g}")
    return told
