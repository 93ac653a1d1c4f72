"""Rival cause: the law that the head's first weights are drawn from."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from harness.analysis.alternatives.alternative import Alternative, Outcome
from harness.analysis.findings import Findings
from harness.analysis.gaps import gaps

CAUSE = "the draw of the head"
TEST = (
    "give every creation method the same init scheme: if nothing but the draw differs, the runs become equal "
    "number by number; and give one method the law that another keeps: it should then repeat the other's runs"
)


def _with_arms(found: Findings) -> pd.DataFrame:
    arms = found.runs.drop_duplicates("arm").set_index("arm")[["creation", "init", "arm_label"]]
    return found.equalities.join(arms.add_suffix("_left"), on="left").join(arms.add_suffix("_right"), on="right")


def same_law(found: Findings, backbones: Iterable[str]) -> tuple[int, int]:
    """Pairs of runs of unlike creation methods under one init scheme other than `keep`: equal, and all."""
    pairs = _with_arms(found)
    pairs = pairs[(pairs["creation_left"] != pairs["creation_right"]) & (pairs["init_left"] == pairs["init_right"])]
    pairs = pairs[(pairs["init_left"] != "keep") & pairs["backbone"].isin(list(backbones))]
    return int(pairs["equal"].sum()), int(pairs["total"].sum())


def exchanges(found: Findings) -> pd.DataFrame:
    """Arms that keep the library's draw and repeat another method with an init scheme in every pair."""
    pairs = _with_arms(found)
    pairs = pairs[(pairs["creation_left"] != pairs["creation_right"]) & (pairs["equal"] == pairs["total"])]
    return pairs[(pairs["init_left"] == "keep") != (pairs["init_right"] == "keep")]


def _closed(found: Findings, swaps: pd.DataFrame, backbone: str) -> bool:
    """Whether on this backbone the runs become equal in every pair once the draw is."""
    equal, total = same_law(found, [backbone])
    return equal == total if total else bool((swaps["backbone"] == backbone).any())


def _bridged(found: Findings) -> str:
    return "; the bridge tells how much of the gap its scale and its law make" if found.bridges else ""


def head_draw(found: Findings) -> Alternative:
    """Shown where there is a gap and the runs become equal once the draw is."""
    if not {"creation", "init"} <= set(found.axes.arm) or found.equalities.empty:
        why = "the study has no two creation methods under one init scheme"
        return Alternative(CAUSE, TEST, "not tested here", why + _bridged(found))
    with_gap = {gap.place[0] for gap in gaps(found, found.contrasts) if len(gap.robust)}
    every = list(found.runs["backbone"].unique())
    equal, total = same_law(found, every)
    swaps = exchanges(found)
    told = [f"same init scheme: equal in {equal} of {total} pairs of runs"] if total else []
    told += [
        f"{row.backbone}: {row.arm_label_left} = {row.arm_label_right} in {row.equal} of {row.total} pairs"
        for row in swaps.itertuples()
    ]
    if not told:
        why = "no two creation methods share an init scheme other than keep"
        return Alternative(CAUSE, TEST, "not tested here", why + _bridged(found))
    if not all(_closed(found, swaps, backbone) for backbone in with_gap or every):
        return Alternative(CAUSE, TEST, "not ruled out", "; ".join(told))
    outcome: Outcome = "shown" if with_gap else "ruled out"
    told.append("nothing else differs between the methods" if with_gap else "but there is no gap to explain")
    return Alternative(CAUSE, TEST, outcome, "; ".join(told))
