"""Which methods give the same run, number by number: the sharpest test of what has no effect."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations
from typing import TYPE_CHECKING

import pandas as pd

from harness.analysis.pairing import UNIT

if TYPE_CHECKING:
    from harness.analysis.findings import Findings


def equalities(table: pd.DataFrame) -> pd.DataFrame:
    """For each backbone and each two methods of one replicate: in how many of their pairs all numbers are equal.

    Equal means every point of the learning curve, losses and gradient norms included, and every final metric,
    to the seven digits that a record keeps. Columns `backbone`, `left`, `right` (arms), `equal`, `total`.
    """
    known = table.dropna(subset=["trajectory"])
    replicates = known.drop_duplicates("arm").set_index("arm")["replicate"].to_dict()
    found = []
    for backbone, group in known.groupby("backbone", sort=False):
        wide = group.pivot_table(index=["row", *UNIT], columns="arm", values="trajectory", aggfunc="first")
        for left, right in combinations(wide.columns, 2):
            if replicates[left] != replicates[right]:
                continue
            both = wide[left].notna() & wide[right].notna()
            if both.any():
                equal = int((wide.loc[both, left] == wide.loc[both, right]).sum())
                found.append((backbone, left, right, equal, int(both.sum())))
    return pd.DataFrame(found, columns=["backbone", "left", "right", "equal", "total"])


def labelled(found: pd.DataFrame, labels: dict[int, str]) -> pd.DataFrame:
    """The table with labels in place of the arms' numbers."""
    return found.assign(left=found["left"].map(labels), right=found["right"].map(labels))


def repeated(found: pd.DataFrame, arm: int, earlier: list[int], backbone: str | None = None) -> int | None:
    """The first of `earlier` whose runs equal those of `arm` in every pair, or None.

    Args:
        found: The table of `equalities`.
        arm: The arm that may repeat another one.
        earlier: The arms that it may repeat.
        backbone: The pairs that count; None: all.
    """
    pairs = found if backbone is None else found[found["backbone"] == backbone]
    for other in earlier:
        here = pairs[pairs[["left", "right"]].isin([arm, other]).all(axis=1)]
        if len(here) and bool((here["equal"] == here["total"]).all()):
            return other
    return None


def same_initialisation(found: Findings, backbones: Iterable[str]) -> tuple[int, int]:
    """Pairs of runs of different creation methods under one init scheme other than `keep`: equal ones, and all."""
    pairs = _between_methods(found)
    pairs = pairs[(pairs["init_left"] == pairs["init_right"]) & (pairs["init_left"] != "keep")]
    pairs = pairs[pairs["backbone"].isin(list(backbones))]
    return int(pairs["equal"].sum()), int(pairs["total"].sum())


def exchanges(found: Findings) -> pd.DataFrame:
    """Methods with the library's own initialisation that repeat another method with an init scheme in every pair."""
    pairs = _between_methods(found)
    pairs = pairs[pairs["equal"] == pairs["total"]]
    return pairs[(pairs["init_left"] == "keep") != (pairs["init_right"] == "keep")]


def _between_methods(found: Findings) -> pd.DataFrame:
    arms = found.runs.drop_duplicates("arm").set_index("arm")[["creation", "init", "arm_label"]]
    pairs = found.equalities.join(arms.add_suffix("_left"), on="left").join(arms.add_suffix("_right"), on="right")
    return pairs[pairs["creation_left"] != pairs["creation_right"]]
