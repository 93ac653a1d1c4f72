"""The looks of a study, derived again from its plan and its runs alone."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from harness.analysis.sequential.plan import LookPlan
from harness.analysis.sequential.rule import Ruling, rule

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
