"""A planted effect of known size: whether it was found, and measured as large as it is."""

from __future__ import annotations

import pandas as pd

from harness.analysis.findings import Findings
from harness.analysis.statistics import MIN_PAIRS

CAUSE = "evaluation"
"""The axes that may tell a planted arm from its baseline; if another one does too, the size is not known."""


def planted(found: Findings) -> pd.DataFrame:
    """For each cell with a planted effect its `known` size in points beside the measured difference and its interval.

    The size is that which the records of the cell's pairs state, each for its own model; top-1 alone has one. `holds`
    says whether the interval holds it, `found` whether it excludes zero besides. Empty where nothing is planted.
    """
    if found.study.metric != "top1" or found.baseline is None:
        return pd.DataFrame()
    known = pd.DataFrame(
        [
            {"run_id": record["run_id"], "known": -record["evaluation"]["expected_cost"]}
            for record in found.records
            if "expected_cost" in (record.get("evaluation") or {})
        ],
        columns=["run_id", "known"],
    )
    pairs = found.pairs.merge(known, on="run_id")
    pairs = pairs[~pairs["run_id_base"].isin(known["run_id"])]
    if pairs.empty:
        return pd.DataFrame()
    sizes = pairs.groupby(["row", "arm"], sort=False)["known"].mean().reset_index()
    cells = found.cells.merge(sizes, on=["row", "arm"])
    base = found.runs[found.runs["baseline"]].iloc[0]
    others = [name for name in found.axes.arm if name.partition(".")[0] != CAUSE]
    cells = cells[(cells[others] == base[others]).all(axis=1)]
    holds = (cells["diff_low"] <= cells["known"]) & (cells["known"] <= cells["diff_high"])
    excludes = (cells["pairs"] >= MIN_PAIRS) & ((cells["diff_low"] > 0) | (cells["diff_high"] < 0))
    result = cells.assign(cell=cells["row_label"], holds=holds, found=holds & excludes)
    result = result.drop(columns="arm").rename(columns={"arm_label": "arm"})
    told = ["pairs", "known", "diff_mean", "diff_low", "diff_high", "holds", "found"]
    return result[["backbone", "data", "cell", "arm", *told]]
