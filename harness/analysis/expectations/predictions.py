"""A study's predictions beside what came of them, as a table."""

from __future__ import annotations

import pandas as pd

from harness.analysis.expectations.judge import judge
from harness.analysis.findings import Findings


def predictions(found: Findings) -> pd.DataFrame:
    """One line for each row of each prediction; empty where the study predicts nothing, or is looked at otherwise."""
    if not found.study.expects:
        return pd.DataFrame()
    table = judge(found.study, found.records, found.study.expects)
    table["level"] = 100 * table["level"]
    return table.drop(columns=["settings"]).rename(columns={"row": "cell"})
