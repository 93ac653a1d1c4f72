"""Loss, calibration, shift, and what a mistake in the evaluation costs: each in its table, from the records alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from harness.analysis.answer import Answer, answer

from .synthetic import record, spec, synthetic_runs, write_study

pytestmark = pytest.mark.usefixtures("undrawn")

SEEDS = range(8)
CREATIONS = ("create_model", "swap_head")


def measured(creation: str, seed: int) -> dict[str, Any]:
    """The swapped head is level in top-1, worse calibrated by three points, and better by six on shifted images."""
    swapped = creation == "swap_head"
    return {
        "top1": 90.0 + seed,
        "val_top1": 90.0,
        "val_loss": 1.0,
        "steps": 10,
        "loss": 0.5,
        "calibration_error": 4.0 + 3 * swapped + seed / 10,
        "shift_top1": 60.0 + 6 * swapped + seed,
        "shift_contrast_top1": 50.0 + 12 * swapped,
        "shift_pixelate_top1": 70.0,
    }


@pytest.fixture
def study(tmp_path: Path) -> Path:
    contents = [spec(creation=creation, seed=seed) for creation in CREATIONS for seed in SEEDS]
    records = [record(one, 90.0, 0, metrics=measured(one["creation"]["name"], one["seed"])) for one in contents]
    return write_study(tmp_path, records)


def test_every_outcome_is_compared_in_pairs(study: Path) -> None:
    found = answer(study)
    table = pd.read_csv(found.paths["outcomes.csv"]).set_index(["arm", "measure"]).sort_index()
    swapped, baseline = table.loc["swap_head"], table.loc["create_model"]
    assert swapped.loc["calibration_error", "diff_mean"] == pytest.approx(3)
    assert swapped.loc["shift_top1", ["diff_mean", "diff_low", "diff_high"]].tolist() == pytest.approx([6, 6, 6])
    assert swapped.loc["shift_contrast_top1", "diff_mean"] == pytest.approx(12)
    assert swapped.loc["shift_pixelate_top1", "diff_mean"] == 0
    assert baseline["diff_mean"].isna().all()
    for file in ("report.md", "report.html"):
        assert "Loss, calibration and shift" in found.paths[file].read_text()


def test_shift_can_be_what_is_compared_and_takes_no_part_in_choices(study: Path) -> None:
    records = [
        record(spec(creation=creation, seed=seed), 90.0, 0, metrics=measured(creation, seed))
        for creation in CREATIONS
        for seed in SEEDS
    ]
    found = answer(write_study(study, records, metric="shift_top1"))
    table = found.summary.set_index("creation")
    assert table.loc["swap_head", "verdict"] == "different"
    assert table.loc["swap_head", "diff_mean"] == pytest.approx(6)
    assert table.loc["swap_head", "val_top1_mean"] == 90
    assert "points of test top-1 under shift" in found.paths["report.md"].read_text()


def test_records_from_before_have_no_such_tables(tmp_path: Path) -> None:
    found = answer(write_study(tmp_path, synthetic_runs()))
    assert not {"outcomes.csv", "conditions.csv"} & set(found.paths)


@pytest.fixture
def mistaken(tmp_path: Path) -> Answer:
    block = {"name": "bgr", "batch_size": 64, "peak_bytes": 3 << 20, "proper_peak_bytes": 1 << 20}
    timing = {"seconds_per_image": 0.003, "proper_seconds_per_image": 0.002}
    records = []
    for seed in SEEDS:
        content = spec(seed=seed)
        records.append(record(content | {"evaluation": {"name": "proper"}}, 90.0 + seed, 0))
        metrics = {"top1": 83.0 + seed / 2, "proper_top1": 90.0 + seed, "val_top1": 90.0, "val_loss": 1.0, "steps": 10}
        wrong = content | {"evaluation": {"name": "bgr"}}
        records.append(record(wrong, 0.0, 0, metrics=metrics, evaluation=block | timing))
    return answer(write_study(tmp_path, records, arms=["evaluation"], baseline={"evaluation": "proper"}))


def test_a_mistake_in_the_evaluation_has_its_price(mistaken: Answer) -> None:
    [row] = pd.read_csv(mistaken.paths["conditions.csv"]).to_dict("records")
    assert row["condition"] == "bgr"
    assert row["n"] == len(SEEDS)
    assert row["lost_mean"] == pytest.approx(7 + 3.5 / 2)
    assert row["lost_low"] < row["lost_mean"] < row["lost_high"]
    assert (row["time_ratio"], row["memory_ratio"], row["peak_mib"]) == (pytest.approx(1.5), 3, 3)
    for file in ("report.md", "report.html"):
        assert "What a mistake in the evaluation costs" in mistaken.paths[file].read_text()
