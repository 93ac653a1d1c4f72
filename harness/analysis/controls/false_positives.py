"""How often an interval excludes zero where there is nothing to find."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy

from harness.analysis.controls.blocks import FULL, KINDS, SEEDS, null_blocks
from harness.analysis.statistics import CONFIDENCE, share_interval, t_interval

NOMINAL = 1 - CONFIDENCE
ALL = "all"
_RESAMPLES = 2_000
_SEED = 20_261

Floats = npt.NDArray[np.float64]
Marks = npt.NDArray[np.bool_]


def _t(blocks: Floats) -> Marks:
    n = np.full(len(blocks), float(SEEDS))
    low, high, _ = t_interval(n, blocks.mean(axis=1), blocks.std(axis=1, ddof=1))
    marks: Marks = (low > 0) | (high < 0)
    return marks


def _permutation(blocks: Floats) -> Marks:
    """All 256 exchanges of signs (Fisher 1935, The Design of Experiments, § 21)."""
    found = scipy.stats.permutation_test((blocks,), np.mean, permutation_type="samples", n_resamples=2**SEEDS, axis=1)
    marks: Marks = found.pvalue <= NOMINAL
    return marks


def _bca(blocks: Floats) -> Marks:
    """Bias-corrected and accelerated bootstrap (Efron 1987, J. Am. Stat. Assoc. 82, 171-185)."""
    marks = np.zeros(len(blocks), bool)
    varied = np.ptp(blocks, axis=1) > 0  # values that are all equal have no bootstrap; they are all zero here, or lost
    marks[~varied] = blocks[~varied, 0] != 0
    if varied.any():
        with np.errstate(all="ignore"):
            found = scipy.stats.bootstrap(
                (blocks[varied],), np.mean, axis=1, confidence_level=CONFIDENCE, n_resamples=_RESAMPLES,
                method="BCa", rng=np.random.default_rng(_SEED), batch=100,
            ).confidence_interval  # fmt: skip
        marks[varied] = (found.low > 0) | (found.high < 0)
    return marks


METHODS: dict[str, Callable[[Floats], Marks]] = {"t": _t, "permutation": _permutation, "BCa": _bca}


def false_positives(table: pd.DataFrame) -> pd.DataFrame:
    """For each kind, method and setting: null `comparisons`, how many `excluding` zero, and that share in percent.

    `low` and `high` bound it (Clopper-Pearson); `held` says whether they hold the nominal 5 %. Settings are rows of
    the map, and all of them together. Empty where no cell has the sixteen seeds of a full null comparison.
    """
    blocks = null_blocks(table)
    if not (blocks["kind"] == FULL).any():
        return pd.DataFrame()
    labels = table.drop_duplicates("row").set_index("row")["row_label"]
    found = []
    for kind in KINDS:
        own = blocks[blocks["kind"] == kind].sort_values(["row", "family", "block", "seed"])
        if own.empty:
            continue
        values = own["difference"].to_numpy(float).reshape(-1, SEEDS)
        rows = own["row"].to_numpy()[::SEEDS]
        for method, judge in METHODS.items():
            excluding = judge(values)
            found.append(_share(kind, method, ALL, excluding))
            if len(labels) > 1:
                found += [_share(kind, method, labels[row], excluding[rows == row]) for row in dict.fromkeys(rows)]
    return pd.DataFrame(found)


def _share(kind: str, method: str, setting: str, excluding: Marks) -> dict[str, object]:
    total, hits = len(excluding), int(excluding.sum())
    low, high = share_interval(hits, total)
    return {
        "kind": kind,
        "interval": method,
        "setting": setting,
        "comparisons": total,
        "excluding": hits,
        "share": 100 * hits / total,
        "low": 100 * low,
        "high": 100 * high,
        "nominal": 100 * NOMINAL,
        "held": low <= NOMINAL <= high,
    }
