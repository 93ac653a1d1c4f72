"""Seeds until a comparison is decided: the rule that ends it, and the looks of a study derived from its runs."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from harness.analysis.look_plan import ERROR, LookPlan
from harness.analysis.statistics import DIFFERENT, EQUIVALENT, verdicts
from harness.analysis.statistics.intervals import t_above, t_quantile

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Ruling:
    """One entry for each comparison, at the look where it stands: the first with a verdict, else the last taken.

    `looks`: how many were taken, 0 where the first is not complete; then there is neither interval nor verdict.
    `level`: of the interval, in percent. `p`: corrected for all looks until then and all comparisons.
    """

    looks: npt.NDArray[np.int64]
    level: Floats
    low: Floats
    high: Floats
    p: Floats
    verdict: npt.NDArray[np.str_]

    @property
    def decided(self) -> npt.NDArray[np.bool_]:
        """Whether a comparison has its verdict."""
        return np.isin(self.verdict, (DIFFERENT, EQUIVALENT))


def rule(differences: Floats, ended: npt.NDArray[np.bool_], plan: LookPlan, margin: float) -> Ruling:
    """Judge comparisons by their paired differences [C, N], seeds in the plan's order, NaN where there is no pair.

    A look is taken once all of its seeds have `ended` [C, N] on both sides; a pair that failed is missing from it. At
    each look the paired t interval at the level of the plan gives the verdict. A p-value is that of the paired t-test
    times what makes it comparable to 5 %, the least over the looks taken.
    """
    errors = plan.errors
    total = len(differences)
    looks, taking = np.zeros(total, int), np.ones(total, bool)
    level, low, high, p = (np.full(total, np.nan) for _ in range(4))
    verdict = np.full(total, "", dtype=f"<U{max(map(len, (DIFFERENT, EQUIVALENT, 'undecided')))}")
    for number, (size, error) in enumerate(zip(plan.looks, errors, strict=True), start=1):
        taking = taking & ended[:, :size].all(axis=1)
        if not taking.any():
            break
        below, above, chance, n = _interval(differences[taking, :size], 1 - error)
        judged = verdicts(n, below, above, margin)
        looks[taking], level[taking], low[taking], high[taking] = number, 100 * (1 - error), below, above
        p[taking] = np.fmin(p[taking], np.minimum(1, chance * ERROR / error))
        verdict[taking] = judged
        taking[taking] = ~np.isin(judged, (DIFFERENT, EQUIVALENT))
    return Ruling(looks, level, low, high, p, verdict)


def _interval(differences: Floats, level: float) -> tuple[Floats, Floats, Floats, Floats]:
    """Bounds of the paired t interval, two-sided p-value against zero, and number of pairs, row by row."""
    there = ~np.isnan(differences)
    n = there.sum(axis=1).astype(float)
    enough = n >= 2
    pairs = np.where(enough, n, np.nan)
    mean = np.where(there, differences, 0).sum(axis=1) / pairs
    squares = np.where(there, differences - mean[:, None], 0) ** 2
    error = np.sqrt(squares.sum(axis=1) / (pairs - 1) / pairs)
    half = t_quantile((1 + level) / 2, pairs - 1) * error
    with np.errstate(divide="ignore", invalid="ignore"):
        p = np.where(error > 0, 2 * t_above(np.abs(mean) / error, pairs - 1), np.where(mean == 0, 1.0, 0.0))
    return mean - half, mean + half, np.where(enough, p, np.nan), n


KEYS = ["row", "arm"]
REPLACED = {"diff_low": "low", "diff_high": "high", "verdict": "verdict", "verdict_alone": "verdict", "p_holm": "p"}
"""Columns of cells, and what the rule has for them; its intervals hold together, and no correction comes after."""


def comparisons(table: pd.DataFrame) -> pd.DataFrame:
    """`row` and `arm` of every cell that is compared: its row has a baseline, and it is no null arm."""
    cells = table.drop_duplicates(KEYS)
    bases = cells[cells["baseline"]]
    replicate = bases["replicate"].iloc[0] if len(bases) else 0
    compared = ~cells["baseline"] & cells["row"].isin(bases["row"]) & (cells["replicate"] == replicate)
    return cells.loc[compared, KEYS].reset_index(drop=True)


@dataclass(frozen=True)
class Looks:
    """What the plan makes of the runs that there are; `table` has `row` and `arm` of each comparison."""

    plan: LookPlan
    table: pd.DataFrame
    ruling: Ruling

    @property
    def open(self) -> pd.DataFrame:
        """The comparisons without a verdict."""
        return self.table[~self.ruling.decided]

    def seen(self, pairs: pd.DataFrame) -> pd.DataFrame:
        """Of the pairs those that each comparison's look has seen; of others, null arms, all of the plan's seeds."""
        order = {seed: at for at, seed in enumerate(self.plan.seeds)}
        sizes = np.array([self.plan.looks[0], *self.plan.looks])[self.ruling.looks]
        allowed = pairs[KEYS].merge(self.table.assign(size=sizes), on=KEYS, how="left")["size"]
        return pairs[(pairs["seed"].map(order) < allowed.fillna(len(order)).to_numpy()).to_numpy()]

    def onto(self, cells: pd.DataFrame) -> pd.DataFrame:
        """Put interval, verdict and p-value of the rule in place of those for a number of seeds fixed in advance."""
        known = {"looks": self.ruling.looks, "level": self.ruling.level}
        known |= {f"{column}_seq": getattr(self.ruling, name) for column, name in REPLACED.items()}
        result = cells.merge(self.table.assign(**known), on=KEYS, how="left")
        ruled = result["looks"].notna()
        for column in REPLACED:
            result[column] = result.pop(f"{column}_seq").where(ruled, result[column])
        taken = [int(looks) if known else None for looks, known in zip(result["looks"], ruled, strict=True)]
        return result.assign(looks=pd.Series(taken, index=result.index, dtype=object))


def take_looks(
    table: pd.DataFrame, pairs: pd.DataFrame, plan: LookPlan, margin: float, most: int | None = None
) -> Looks:
    """Judge every comparison of a table of runs (with arms) by its first `most` looks, or all of them.

    A seed counts once, with the mean over its splits where these are crossed.
    """
    compared = comparisons(table)
    plan = replace(plan, comparisons=plan.comparisons or max(1, len(compared)))
    seeds = list(plan.seeds)
    wide = pairs.pivot_table(index=KEYS, columns="seed", values="difference", aggfunc="mean")
    differences = wide.reindex(index=pd.MultiIndex.from_frame(compared), columns=seeds).to_numpy(float)
    ended = _ended(table, compared, seeds)
    if most is not None:
        ended[:, plan.looks[most - 1] :] = False
    return Looks(plan, compared, rule(differences, ended, plan, margin))


def _ended(table: pd.DataFrame, compared: pd.DataFrame, seeds: list[int]) -> npt.NDArray[np.bool_]:
    """Whether arm and baseline have a run, whatever became of it, for each comparison and seed."""
    there = table.pivot_table(index=KEYS, columns="seed", values="run_id", aggfunc="size", fill_value=0) > 0
    there = there.reindex(columns=seeds, fill_value=False)
    base = table[table["baseline"]].drop_duplicates("row").set_index("row")["arm"]
    own = there.reindex(pd.MultiIndex.from_frame(compared), fill_value=False)
    baselines = pd.MultiIndex.from_arrays([compared["row"], compared["row"].map(base)])
    both: npt.NDArray[np.bool_] = own.to_numpy(bool) & there.reindex(baselines, fill_value=False).to_numpy(bool)
    return both
