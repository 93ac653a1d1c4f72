"""The historical gap: the recipe whose validation pair lies nearest to the reported one, and its test pair."""

from __future__ import annotations

import numpy as np
import pandas as pd

from harness.analysis.axes import Axes, ordered
from harness.analysis.pairing import by_seed, pair
from harness.analysis.statistics import MIN_PAIRS, judge, summarise

LEFT = "create_model"
RIGHT = "swap_head"


def _side(pairs: pd.DataFrame, column: str, name: str) -> pd.DataFrame:
    found = summarise(pairs, ["place"], column, 0).set_index("place")
    return found[["mean", "low", "high"]].rename(
        columns={"mean": f"top1_{name}", "low": f"top1_{name}_low", "high": f"top1_{name}_high"}
    )


def historical(table: pd.DataFrame, axes: Axes, wanted: tuple[float, float], margin: float) -> pd.DataFrame:
    """Every recipe tried, by the distance of its mean validation pair to the reported one.

    The pair is (`create_model`, `swap_head`), both with `init=keep`, in percent, means over the seeds that
    both have; the distance is Euclidean, in points. The choice looks at validation alone: test numbers
    follow, whatever they are. Rows with eight pairs or more come before those with fewer.
    """
    keys = [column for column in axes.row if column.partition(".")[0] not in ("creation", "init")]
    table = table.assign(place=table.groupby(keys, dropna=False, sort=False).ngroup() if keys else 0)
    kept = table[(table["init"] == "keep") & (table["replicate"] == table["replicate"].min())]
    pairs = pair(kept[kept["creation"] == RIGHT], kept[kept["creation"] == LEFT], ["place"], ["val_score"])
    pairs = by_seed(pairs.dropna(subset=["score", "score_base", "val_score", "val_score_base"]), ["place"])
    if pairs.empty:
        return pd.DataFrame(columns=["nearest", *axes.place, *keys])
    differences = judge(summarise(pairs, ["place"], "difference", margin), margin, "holm").set_index("place")
    validation = pairs.groupby("place")[["val_score_base", "val_score"]].mean()
    result = pd.DataFrame(
        {
            "n": differences["n"],
            f"val_top1_{LEFT}": validation["val_score_base"],
            f"val_top1_{RIGHT}": validation["val_score"],
            "distance": np.hypot(validation["val_score_base"] - wanted[0], validation["val_score"] - wanted[1]),
        }
    )
    result = result.join(_side(pairs, "score_base", LEFT)).join(_side(pairs, "score", RIGHT))
    result = result.join(
        differences[["mean", "low", "high", "verdict", "verdict_alone"]].rename(
            columns={"mean": "diff_mean", "low": "diff_low", "high": "diff_high"}
        )
    )
    shown = list(dict.fromkeys(["backbone", "data", "transfer", *keys]))
    known = table.drop_duplicates("place").set_index("place")[shown]
    result = ordered(known.join(result, how="inner"), shown)
    result = result.assign(few=result["n"] < MIN_PAIRS).sort_values(["few", "distance"], kind="stable")
    result = result.drop(columns="few").reset_index(drop=True)
    result.insert(0, "nearest", result.index == 0)
    return result
