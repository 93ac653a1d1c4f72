"""`python -m harness.dev.leakage`: what a validation part that is cut by image instead of by patient adds to accuracy.

Reads the records of `experiments/leakage.yaml`, trained or committed, and writes results/leakage/leakage.csv. The two
cuts of a seed have different images on either side, so that nothing is paired between them: intervals are Welch's
(1947, Biometrika 34, 28-35), 95 %, over seeds, each of which cuts anew.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy

from harness.analysis.choices import CONFIDENCE
from harness.dev.publish import as_csv
from harness.records.archive import read_records
from harness.records.store import write_text

STUDY = Path("results/leakage")
ALL = "all"
FIRST, SECOND = "create_model", "swap_head"
SETTING = ["backbone", "lr", "epochs"]

Floats = npt.NDArray[np.float64]


def scores(records: list[dict[str, Any]]) -> pd.DataFrame:
    """One row a run: its setting, its creation method, its cut, its seed, and both accuracies in per cent."""
    return pd.DataFrame(
        {
            "backbone": record["spec"]["backbone"]["name"],
            "lr": record["spec"]["recipe"]["lr"],
            "epochs": record["spec"]["recipe"]["epochs"],
            "creation": record["spec"]["creation"]["name"],
            "cut": "image" if record["spec"]["data"]["groups"] is None else "patient",
            "seed": record["spec"]["seed"],
            "validation": record["metrics"]["val_top1"],
            "test": record["metrics"]["top1"],
        }
        for record in records
    )


def added(by_image: Floats, by_patient: Floats) -> dict[str, str]:
    """Mean under both cuts, and what the cut by image adds, with its interval, in points."""
    interval = scipy.stats.ttest_ind(by_image, by_patient, equal_var=False).confidence_interval(CONFIDENCE)
    return {
        "by_image": f"{by_image.mean():.2f}",
        "by_patient": f"{by_patient.mean():.2f}",
        "added": f"{by_image.mean() - by_patient.mean():.2f}",
        "low": f"{interval.low:.2f}",
        "high": f"{interval.high:.2f}",
    }


def answers(table: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Rows for each setting and for the means over all: validation and test of each method, and of the gap."""
    whole = table.groupby(["creation", "cut", "seed"], as_index=False)[["validation", "test"]].mean()
    parts = [(dict.fromkeys(SETTING, ALL), whole)]
    for key, part in table.groupby(SETTING, sort=True):
        backbone, lr, epochs = map(str, key)
        parts.append(({"backbone": backbone, "lr": lr, "epochs": epochs}, part))
    for setting, part in parts:
        for measure in ("validation", "test"):
            wide = part.pivot_table(index="seed", columns=["creation", "cut"], values=measure)
            for method in (FIRST, SECOND):
                both = [wide[method, cut].dropna().to_numpy(float) for cut in ("image", "patient")]
                yield {**setting, "measure": measure, "of": method, "seeds": len(both[0]), **added(*both)}
            gaps = [(wide[SECOND, cut] - wide[FIRST, cut]).dropna().to_numpy(float) for cut in ("image", "patient")]
            yield {**setting, "measure": measure, "of": "gap", "seeds": len(gaps[0]), **added(*gaps)}


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--study", type=Path, default=STUDY, help="where the records are: results/leakage, runs/leakage"
    )
    parser.add_argument("--to", type=Path, default=STUDY)
    given = parser.parse_args()
    rows = list(answers(scores(read_records(given.study))))
    write_text(given.to / "leakage.csv", as_csv(tuple(rows[0]), rows))


if __name__ == "__main__":
    main()
