"""Where a gap is, and where none: the configurations of one method at one place (backbone, data, transfer)."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import scipy

from harness.analysis.axes import LR, OPTIMIZER
from harness.analysis.findings import Findings
from harness.analysis.statistics import CONFIDENCE, DIFFERENT, EQUIVALENT, FAMILYWISE


@dataclass(frozen=True)
class Gap:
    """One method against the baseline at one place; `cells` has a row for each configuration.

    `robust` are those judged different: their interval excludes zero, and their p-value stays below 0.05 after the
    study's correction for many comparisons.
    """

    place: tuple[str, ...]
    arm: int
    cells: pd.DataFrame

    @property
    def judged(self) -> pd.DataFrame:
        """Configurations with enough pairs for a verdict."""
        return self.cells[self.cells["verdict"] != ""]

    @property
    def different(self) -> pd.DataFrame:
        """Configurations whose interval, taken by itself, excludes zero."""
        return self.cells[self.cells["verdict_alone"] == DIFFERENT]

    @property
    def robust(self) -> pd.DataFrame:
        """Configurations whose verdict is different."""
        return self.cells[self.cells["verdict"] == DIFFERENT]

    @property
    def equivalent(self) -> pd.DataFrame:
        """Configurations that are not different and whose interval lies within the margin."""
        return self.cells[self.cells["verdict"] == EQUIVALENT]

    @property
    def hinted(self) -> bool:
        """Whether more intervals exclude zero than chance would let (a binomial test at 5 %), though none is robust."""
        judged, different = len(self.judged), len(self.different)
        return not len(self.robust) and bool(scipy.stats.binom.sf(different - 1, judged, 1 - CONFIDENCE) <= FAMILYWISE)

    @property
    def no_effect(self) -> bool:
        """Whether every judged configuration is equivalent: to have found no gap is not enough."""
        return bool(len(self.judged)) and bool((self.judged["verdict"] == EQUIVALENT).all())

    @property
    def sign(self) -> int:
        """+1 where the method wins in all robust configurations, -1 where it loses in all, 0 for none or both."""
        signs = {1 if value > 0 else -1 for value in self.robust["diff_mean"]}
        return signs.pop() if len(signs) == 1 else 0

    @property
    def mixed(self) -> bool:
        """Whether the method wins in some robust configurations and loses in others."""
        return bool(len(self.robust)) and self.sign == 0

    @property
    def largest(self) -> pd.Series:
        """The configuration of the largest difference: among the robust ones, or among all where none is."""
        among = self.robust if len(self.robust) else self.cells
        return among.iloc[int(among["diff_mean"].abs().to_numpy().argmax())]

    def by_lr(self) -> dict[str, tuple[list[float], list[float], list[float]]]:
        """For each optimizer the learning rates at which all judged configurations are robust, some, or none."""
        judged = self.judged
        rates = judged[LR].astype(float)
        optimizers = judged[OPTIMIZER] if OPTIMIZER in judged else pd.Series("", index=judged.index)
        shares = pd.Series(judged.index.isin(self.robust.index), index=judged.index).groupby([optimizers, rates]).mean()
        found = {}
        for optimizer in dict.fromkeys(optimizers):
            share = shares.loc[optimizer]
            parts = (share == 1, (share > 0) & (share < 1), share == 0)
            always, partly, never = ([float(rate) for rate in share.index[part]] for part in parts)
            found[str(optimizer)] = (always, partly, never)
        return found


def gaps(found: Findings, arms: list[int]) -> list[Gap]:
    """Every place and method for which at least one pair exists, in the order of the table."""
    compared = found.cells[found.cells["arm"].isin(arms) & (found.cells["pairs"] > 0)]
    order = {arm: at for at, arm in enumerate(arms)}
    keys = [*found.axes.place, "arm"]
    groups = [
        Gap(tuple(str(value) for value in part[keys].iloc[0].iloc[:-1]), int(part["arm"].iloc[0]), part)
        for _, part in compared.groupby(keys, sort=False)
    ]
    places = list(dict.fromkeys(gap.place for gap in groups))
    return sorted(groups, key=lambda gap: (places.index(gap.place), order[gap.arm]))
