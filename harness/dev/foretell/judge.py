"""What was foretold beside what the runs then gave: the audit by verdicts, the intervals by what they hold."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from harness.analysis.statistics import DIFFERENT, EQUIVALENT, UNDECIDED
from harness.dev.foretell.freeze import HEALTHY, INIT, OTHER, SETTINGS
from harness.dev.prediction.judge import coverage
from harness.diagnose.audit.report import SEVERITIES
from harness.spec.errors import RequestError

MEASURED = ["pairs", "diff_mean", "diff_low", "diff_high", "verdict"]
VERDICTS = [DIFFERENT, UNDECIDED, EQUIVALENT]


def judged(frozen: pd.DataFrame, summary: pd.DataFrame) -> pd.DataFrame:
    """Each row foretold, with the difference on the test part that the study's summary has for it.

    `held` says whether the foretold interval holds the measured difference; empty where there was none.

    Raises:
        RequestError: the summary lacks a configuration, or does not tell two apart.
    """
    arms = (summary["creation"] == OTHER) & (summary["init"] == INIT) & (summary["replicate"] == 0)
    shared = [name for name in SETTINGS if name in summary]
    if frozen.duplicated(shared).any():
        raise RequestError(f"summary.csv: does not tell apart what was foretold, by {', '.join(shared)}")
    found = frozen.merge(summary.loc[arms, [*shared, *MEASURED]], on=shared, how="left", validate="one_to_one")
    missing = int(found["diff_mean"].isna().sum())
    if missing:
        raise RequestError(f"summary.csv: has no difference for {missing} of the {len(found)} configurations foretold")
    inside = (found["low"] <= found["diff_mean"]) & (found["diff_mean"] <= found["high"])
    return found.assign(held=inside.astype(object).where(found["gap"].notna(), None))


def by_severity(found: pd.DataFrame) -> pd.DataFrame:
    """How many configurations got which verdict, by the gravest finding of the audit; those without one come last."""
    counts = pd.crosstab(found["severity"], found["verdict"]).reindex(columns=VERDICTS, fill_value=0)
    return counts.reindex([name for name in (*SEVERITIES, HEALTHY) if name in counts.index]).reset_index()


def by_kind(found: pd.DataFrame) -> pd.DataFrame:
    """How good the numbers were, for each transfer strategy and kind of number.

    Columns: how many were foretold, how many of these with a number; the fraction of intervals that hold the measured
    difference, their mean width and the mean absolute error in points; how many intervals exclude zero, and the
    fraction of right signs among them and among the differences that the runs tell from zero.
    """
    return pd.DataFrame([_scores(*part) for part in found.groupby(["transfer", "kind"], sort=True)]).round(3)


def _scores(group: Any, part: pd.DataFrame) -> dict[str, Any]:
    transfer, kind = group
    told = part[part["gap"].notna()]
    row = {"transfer": transfer, "kind": kind, "foretold": len(part), "with_number": len(told)}
    if told.empty:
        return row
    clear = told[told["verdict"] == DIFFERENT]
    right = np.sign(clear["gap"]) == np.sign(clear["diff_mean"])
    scores = coverage(told.assign(predicted=told["gap"], gap=told["diff_mean"]))
    return row | {
        "held": scores["coverage"],
        "mean_width": scores["mean_width"],
        "mean_error": float((told["gap"] - told["diff_mean"]).abs().mean()),
        "sure": int(scores["sure"]),
        "sure_signs_right": scores["sure_signs_right"],
        "different": len(clear),
        "different_signs_right": float(right.mean()) if len(clear) else None,
    }
