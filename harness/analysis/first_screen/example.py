"""The comparison that stands for a study: which configuration, chosen by validation, and its numbers on the test part.

The test part takes no part in the choice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from harness.analysis.axes import LR
from harness.analysis.findings import Findings
from harness.analysis.historical import LEFT, RIGHT
from harness.analysis.pairing import by_seed, pair
from harness.analysis.statistics import MIN_PAIRS, summarise

NEAREST = "nearest to the reported {:g} and {:g} on validation data"
LARGEST = "largest gap on validation data"
LARGEST_TESTED = "largest gap on test data, as both sides are the same trained models"
MIDDLE = "middle one on validation data, where no gap stands out"


@dataclass(frozen=True)
class Example:
    """One configuration of a method beside the baseline's.

    `row` and `arm` name it in the findings. `method` and `baseline` are the settings of both sides. `first` and
    `second` are the mean test metric of the baseline and of the method in percent, `difference` is second minus first
    in points with its interval, over `seeds`. `of` says from how many comparisons it was chosen, `why` by what.
    """

    row: int
    arm: int
    method: pd.Series
    baseline: pd.Series
    first: float
    second: float
    difference: tuple[float, float, float]
    verdict: str
    seeds: int
    of: int
    why: str

    def setting(self, name: str) -> Any:
        """A setting that both sides share; None where they do not, or no run has it."""
        values = (self.method.get(name), self.baseline.get(name))
        return values[0] if values[0] == values[1] else None


def example(found: Findings) -> Example | None:
    """The comparison that stands for a study, None where nothing is compared.

    Where the study names a reported pair: the recipe nearest to it on the validation part. Else the largest gap among
    those whose interval excludes zero on the validation part, or, where none does, the middle one. Where both sides are
    one and the same trained model, tested in two ways, validation cannot tell, and the largest gap is taken as it is.
    """
    candidates = _candidates(found)
    if candidates.empty:
        return None
    nearest = _nearest(found, candidates)
    if nearest is not None:
        return _example(found, nearest, len(found.historical), NEAREST.format(*found.study.historical or ()))
    apart = candidates[(candidates["low"] > 0) | (candidates["high"] < 0)]
    if len(apart):
        return _example(found, _largest(apart, "mean"), len(candidates), LARGEST)
    if "evaluation" in found.axes.arm and (candidates["mean"] == 0).all():
        return _example(found, _largest(candidates, "diff_mean"), len(candidates), LARGEST_TESTED)
    middle = candidates.sort_values("mean", kind="stable").iloc[len(candidates) // 2]
    return _example(found, middle, len(candidates), MIDDLE)


def family(found: Findings, of: Example) -> pd.DataFrame:
    """The runs with a test metric of both methods that differ from the example in nothing but the learning rate.

    `rate` is that rate as a number; missing where the study has no rates.
    """
    runs = found.runs[found.runs["replicate"] == found.replicate].dropna(subset=["score"])
    runs = runs[runs["arm"].isin([of.arm, found.baseline])]
    for column in found.axes.row:
        if column != LR:
            runs = runs[runs[column] == of.method[column]]
    rates = runs[LR].astype(float) if LR in runs else float("nan")
    return by_seed(runs.assign(rate=rates), ["row", "arm"])


def _largest(candidates: pd.DataFrame, column: str) -> pd.Series:
    """The row of the largest size; of equal ones that of the method which is compared most often."""
    sizes = candidates[column].abs().round(6)
    often = candidates["arm"].map(candidates["arm"].value_counts())
    ranked = candidates.assign(size=-sizes, often=-often).sort_values(["size", "often"], kind="stable")
    return ranked.iloc[0]


def _candidates(found: Findings) -> pd.DataFrame:
    """Cells of the methods in question with their difference on validation: those with eight pairs, or all."""
    cells = found.cells[found.cells["comparison"] & found.cells["arm"].isin(found.contrasts)]
    cells = cells[cells["pairs"] > 0]
    plan, table = found.study.until_decided, found.runs
    if plan is not None:
        table = table[table["seed"].isin(plan.seeds[: plan.looks[0]])]
    sides = (table[~table["baseline"]], table[table["baseline"]])
    pairs = pair(*sides, ["row"], ["arm", "val_score"])
    pairs = pairs.assign(validation=pairs["val_score"] - pairs["val_score_base"])
    keys = ["row", "arm"]
    seen = summarise(by_seed(pairs, keys), keys, "validation", found.study.margin)
    known = cells.merge(seen[[*keys, "mean", "low", "high"]].dropna(subset=["mean"]), on=keys)
    enough = known[known["pairs"] >= MIN_PAIRS]
    return enough if len(enough) else known


def _nearest(found: Findings, candidates: pd.DataFrame) -> pd.Series | None:
    """The recipe nearest to the reported pair, where the study compares just that pair."""
    if found.historical.empty or found.baseline is None:
        return None
    arms = found.runs.drop_duplicates("arm").set_index("arm")
    own = arms.loc[found.baseline]
    if (own["creation"], own["init"]) != (LEFT, "keep"):
        return None
    wanted = found.historical.iloc[0]
    here = candidates[(candidates["creation"] == RIGHT) & (candidates["init"] == "keep")]
    for column in found.axes.row:
        if column in wanted:
            here = here[here[column] == wanted[column]]
    return here.iloc[0] if len(here) else None


def _example(found: Findings, cell: pd.Series, of: int, why: str) -> Example:
    row, arm = int(cell["row"]), int(cell["arm"])
    pairs = found.pairs if found.looks is None else found.looks.seen(found.pairs)
    pairs = by_seed(pairs[(pairs["row"] == row) & (pairs["arm"] == arm)].dropna(subset=["difference"]), ["row", "arm"])
    here = found.runs[found.runs["row"] == row]
    return Example(
        row,
        arm,
        here[here["arm"] == arm].iloc[0],
        here[here["baseline"]].iloc[0],
        float(pairs["score_base"].mean()),
        float(pairs["score"].mean()),
        (float(cell["diff_mean"]), float(cell["diff_low"]), float(cell["diff_high"])),
        str(cell["verdict"]),
        int(cell["pairs"]),
        of,
        why,
    )
