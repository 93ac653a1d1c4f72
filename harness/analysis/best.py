"""Each arm at its own best learning rate, chosen by validation, compared on the test set."""

from __future__ import annotations

import pandas as pd

from harness.analysis.axes import EPOCHS, LR, Axes, ordered
from harness.analysis.choices import Correction, validated
from harness.analysis.pairing import by_seed, pair
from harness.analysis.statistics import judge, summarise


def _choices(table: pd.DataFrame, tuned: list[str]) -> pd.DataFrame:
    """For each place and arm the tuned values of the highest mean validation metric.

    Only cells with as many seeds as the arm's fullest cell take part, so that a half-done cell cannot win by
    luck; ties go to the smaller rate and the shorter training.
    """
    means = (
        table.groupby(["place", "arm", *tuned], sort=False)["val_score"].agg(["mean", "count"]).reset_index().dropna()
    )
    full = means[means["count"] == means.groupby(["place", "arm"])["count"].transform("max")]
    ranked = ordered(full, tuned).sort_values("mean", ascending=False, kind="stable")
    return ranked.drop_duplicates(["place", "arm"])[["place", "arm", *tuned]]


def _compare(
    table: pd.DataFrame, axes: Axes, tuned: list[str], margin: float, metric: str, correction: Correction
) -> pd.DataFrame:
    fixed = [column for column in axes.row if column not in tuned]
    place = table.groupby(fixed, dropna=False, sort=False).ngroup() if fixed else pd.Series(0, index=table.index)
    table = table.assign(place=place)
    chosen = table.merge(_choices(table, tuned), on=["place", "arm", *tuned])
    pairs = pair(chosen[~chosen["baseline"]], chosen[chosen["baseline"]], ["place"], ["arm"])
    keys = ["place", "arm"]
    differences = judge(summarise(by_seed(pairs, keys), keys, "difference", margin), margin, correction).rename(
        columns={"n": "pairs", "mean": "diff_mean", "low": "diff_low", "high": "diff_high"}
    )
    means = chosen.groupby(["place", "arm"], sort=False).agg(
        **{
            "n": ("score", "count"),
            f"val_{validated(metric)}_mean": ("val_score", "mean"),
            f"{metric}_mean": ("score", "mean"),
            f"{metric}_std": ("score", "std"),
        }
    )
    settings = list(dict.fromkeys([*fixed, *axes.arm]))
    known = chosen.drop_duplicates(["place", "arm"])[
        list(dict.fromkeys(["place", "arm", "arm_label", "baseline", *axes.place, *settings, *tuned]))
    ]
    rates = known[known["baseline"]].set_index("place")[tuned].add_prefix("baseline_")
    result = (
        known.merge(means.reset_index(), on=["place", "arm"])
        .merge(differences.drop(columns=["sd", "p"]), on=["place", "arm"], how="left")
        .merge(rates, left_on="place", right_index=True, how="left")
    )
    for name in ("verdict", "verdict_alone"):
        result[name] = result[name].fillna("").astype(object)
    result = result.rename(columns={name: name.rpartition(".")[2] for name in tuned}).rename(
        columns={f"baseline_{name}": f"baseline_{name.rpartition('.')[2]}" for name in tuned}
    )
    result.insert(0, "tuned", " and ".join(name.rpartition(".")[2] for name in tuned))
    result = ordered(result, settings).sort_values("baseline", ascending=False, kind="stable")
    return result.sort_values("place", kind="stable").reset_index(drop=True)


def best(
    table: pd.DataFrame, axes: Axes, margin: float, metric: str = "top1", correction: Correction = "holm"
) -> pd.DataFrame:
    """Comparisons at each arm's own best learning rate, and at its best rate and epochs where both are swept.

    The choice goes by the mean of the metric on validation over seeds; the difference is in points of it on the test
    part, paired by seed; each table is a family of comparisons. Empty where the learning rate is not swept.
    """
    if LR not in axes.row:
        return pd.DataFrame(columns=["tuned", *axes.place, *axes.arm])
    tables = [_compare(table, axes, [LR], margin, metric, correction)]
    if EPOCHS in axes.row:
        tables.append(_compare(table, axes, [LR, EPOCHS], margin, metric, correction))
    return pd.concat(tables, ignore_index=True)


def without_keys(found: pd.DataFrame) -> pd.DataFrame:
    """The table as it is written, without internal columns."""
    return found.drop(columns=["place", "arm", "arm_label"], errors="ignore")
