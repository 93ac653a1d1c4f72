"""`python -m harness.dev.medical`: what a creation method costs by what diagnostic studies are judged by.

Reads the records of `experiments/medical_real.yaml`, trained or committed, and writes results/medical_real/medical.csv:
for every setting, and for the mean over those that the claim is about, AUROC, sensitivity at the operating point that
the validation part chose, the specificity reached there, calibration error and Brier score under both creation methods,
and the paired difference with its 95 % interval (t, over seeds).
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import scipy

from harness.analysis.choices import CONFIDENCE
from harness.dev.publish import as_csv
from harness.records.archive import read_records
from harness.records.store import write_text

STUDY = Path("results/medical_real")
FIRST, SECOND = "create_model", "swap_head"
SETTING = ["backbone", "size", "transfer", "lr"]
CLAIMED_RATE = 1e-3
MEASURES = ("auroc", "sensitivity_at_specificity", "specificity_reached", "calibration_error", "brier_score")


def scores(records: list[dict[str, Any]]) -> pd.DataFrame:
    """One row a run: its setting, its creation method, its seed, and its measures of the test part.

    All are in per cent, but the Brier score, a squared distance.
    """
    return pd.DataFrame(
        {
            "backbone": record["spec"]["backbone"]["name"],
            "size": record["spec"]["data"]["size"],
            "transfer": record["spec"]["transfer"]["name"],
            "lr": record["spec"]["recipe"]["lr"],
            "creation": record["spec"]["creation"]["name"],
            "seed": record["spec"]["seed"],
            **{measure: record["metrics"][measure] for measure in MEASURES},
        }
        for record in records
    )


def compared(runs: pd.DataFrame, measure: str) -> dict[str, Any]:
    """Means of both methods over seeds, and the mean paired difference with its interval."""
    wide = runs.pivot_table(index="seed", columns="creation", values=measure).dropna()
    difference = (wide[SECOND] - wide[FIRST]).to_numpy(float)
    interval = scipy.stats.ttest_1samp(difference, 0).confidence_interval(CONFIDENCE)
    return {
        "measure": measure,
        "seeds": len(difference),
        **{method: f"{wide[method].mean():.3f}" for method in (FIRST, SECOND)},
        "difference": f"{np.mean(difference):.3f}",
        "low": f"{interval.low:.3f}",
        "high": f"{interval.high:.3f}",
    }


def answers(table: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Rows of the mean over the claim's settings, then of each setting; a run without its pair is left out."""
    paired = table.groupby([*SETTING, "seed"]).filter(lambda runs: set(runs["creation"]) == {FIRST, SECOND})
    claimed = paired[paired["lr"] == CLAIMED_RATE].groupby(["creation", "seed"], as_index=False)[list(MEASURES)].mean()
    for measure in MEASURES:
        yield {**dict.fromkeys(SETTING, "all"), "lr": CLAIMED_RATE, **compared(claimed, measure)}
    for key, part in paired.groupby(SETTING, sort=True):
        for measure in MEASURES:
            yield {**dict(zip(SETTING, key, strict=True)), **compared(part, measure)}


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--study", type=Path, default=STUDY, help="where the records are: results/medical_real, runs/medical_real"
    )
    parser.add_argument("--to", type=Path, default=STUDY)
    given = parser.parse_args()
    rows = list(answers(scores(read_records(given.study))))
    write_text(given.to / "medical.csv", as_csv(tuple(rows[0]), rows))


if __name__ == "__main__":
    main()
