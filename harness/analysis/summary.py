"""One row for each cell: how many runs, how good, how different from the baseline, how fast."""

from __future__ import annotations

import numpy as np
import pandas as pd

from harness.analysis.axes import Axes, ordered
from harness.analysis.choices import Correction, validated
from harness.analysis.pairing import by_seed
from harness.analysis.statistics import judge, summarise
from harness.analysis.statistics.verdict import column
from harness.analysis.study import AnalysedStudy

LEADING = ("backbone", "data", "creation", "init", "transfer")
NUMBERS = (
    "n",
    "top1_mean",
    "top1_std",
    "pairs",
    "diff_mean",
    "diff_low",
    "diff_high",
    "verdict",
    "verdict_alone",
    "initial_loss",
    "uniform_loss",
    "val_top1_mean",
    "steps_to_target",
    "censored",
    "steps_to_loss_target",
    "censored_loss",
    "auc_mean",
    "diverged",
    "failed",
    "baseline",
)

OPTIONAL = ("noise_floor", "looks", "level")
"""Columns of studies with null pairs, and of those until decided."""


def numbers(metric: str, correction: Correction = "holm") -> tuple[str, ...]:
    """The columns of numbers where arms are compared by `metric`: top-1's always, and before them the metric's own."""
    own = () if metric == "top1" else tuple(f"{metric}_{end}" for end in ("mean", "std"))
    validation = () if validated(metric) == "top1" else (f"val_{metric}_mean",)
    after = NUMBERS.index("val_top1_mean")
    *others, baseline = NUMBERS[after:]
    return (NUMBERS[0], *own, *NUMBERS[1:after], *validation, *others, column(correction), baseline)


def _levels(metric: str) -> dict[str, tuple[str, str]]:
    """Mean and deviation of each metric that is shown; that of the comparison counts diverged runs."""
    found: dict[str, tuple[str, str]] = {}
    for name in dict.fromkeys((metric, "top1")):
        score, val_score = ("score", "val_score") if name == metric else (name, f"val_{name}")
        found |= {f"{name}_mean": (score, "mean"), f"{name}_std": (score, "std")}
        found |= {f"val_{validated(name)}_mean": (val_score, "mean")}
    return found


def _counts(table: pd.DataFrame, metric: str) -> pd.DataFrame:
    marks = table.assign(
        diverged=table["status"] == "diverged",
        failed=table["status"] == "failed",
        censored=np.isinf(table["steps_to_target"]),
        censored_loss=np.isinf(table["steps_to_loss_target"]),
    )
    return marks.groupby(["row", "arm"], sort=False).agg(
        n=("score", "count"),
        **_levels(metric),
        initial_loss=("initial_loss", "mean"),
        uniform_loss=("uniform_loss", "mean"),
        steps_to_target=("steps_to_target", "median"),
        censored=("censored", "sum"),
        steps_to_loss_target=("steps_to_loss_target", "median"),
        censored_loss=("censored_loss", "sum"),
        auc_mean=("auc", "mean"),
        diverged=("diverged", "sum"),
        failed=("failed", "sum"),
        steps=("steps", "max"),
        baseline=("baseline", "first"),
    )


def cells(table: pd.DataFrame, pairs: pd.DataFrame, axes: Axes, study: AnalysedStudy) -> pd.DataFrame:
    """Every cell with its settings and numbers, and the internal `row`, `arm`, `family` and labels.

    `p_holm` (or `p_fdr`, as the study asks) is corrected over the family of all comparisons with the baseline; null
    pairs (arms of another replicate than the baseline's) are no comparisons and stay out of it. `verdict` goes by the
    corrected p-value, `verdict_alone` by the interval alone.
    """
    differences = summarise(by_seed(pairs, ["row", "arm"]), ["row", "arm"], "difference", study.margin)
    differences = differences.rename(
        columns={"n": "pairs", "mean": "diff_mean", "low": "diff_low", "high": "diff_high", "sd": "diff_sd"}
    )
    wanted = dict.fromkeys([*LEADING, *axes.place, *axes.varying, *axes.arm])
    known = table.drop_duplicates(["row", "arm"])[["row", "arm", "family", "row_label", "arm_label", *wanted]]
    result = known.merge(_counts(table, study.metric).reset_index(), on=["row", "arm"]).merge(
        differences, on=["row", "arm"], how="left"
    )
    reference = table.loc[table["baseline"], "replicate"]
    is_comparison = (~result["baseline"]) & (result["replicate"] == (reference.iloc[0] if len(reference) else 0))
    result["comparison"] = is_comparison
    result["pairs"] = result["pairs"].fillna(0).astype(int)
    result = judge(result, study.margin, study.correction, is_comparison, ("pairs", "diff_low", "diff_high"))
    result = ordered(result, [*axes.row, *(name for name in axes.arm if name not in axes.row)])
    return (
        result.sort_values("baseline", ascending=False, kind="stable")
        .sort_values(
            "row",
            key=lambda rows: rows.map({row: at for at, row in enumerate(dict.fromkeys(result["row"]))}),
            kind="stable",
        )
        .reset_index(drop=True)
    )


def steps_text(steps: float, last: float) -> str:
    """Median steps to a target, `> N` where at least half of the runs had not reached it after N steps."""
    if np.isnan(steps):
        return ""
    return f"> {last:g}" if np.isinf(steps) else f"{steps:g}"


def summary(found: pd.DataFrame, axes: Axes, metric: str = "top1", correction: Correction = "holm") -> pd.DataFrame:
    """The published table: settings first, then numbers; differences are empty on the baseline itself."""
    settings = dict.fromkeys([*LEADING, *(name for name in axes.varying if name not in LEADING)])
    optional = [name for name in OPTIONAL if name in found]
    result = found[[*settings, *numbers(metric, correction), *optional]].copy()
    for name in ("steps_to_target", "steps_to_loss_target"):
        result[name] = [steps_text(*pair) for pair in zip(found[name], found["steps"], strict=True)]
    return result
