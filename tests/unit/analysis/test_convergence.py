"""Steps to the target that all arms of a row reach, and the area under the curve."""

from __future__ import annotations

from typing import Any

import pytest

from harness.analysis.findings import find
from harness.analysis.study import AnalysedStudy
from harness.analysis.summary import summary

from .synthetic import record, spec

STUDY = AnalysedStudy("made", baseline={"creation": "create_model", "init": "keep", "replicate": 0})


def run(creation: str, seed: int, levels: list[float | None], status: str = "finished") -> dict[str, Any]:
    """A record with validation top-1 at steps 0, 10, 20, ..."""
    last = levels[-1] or 0.0
    curve = [
        {"step": 10 * at, "val_top1": level, "val_loss": None if level is None else 3 - level / 50}
        for at, level in enumerate(levels)
    ]
    metrics = {"top1": last, "val_top1": last, "val_loss": 3 - last / 50, "steps": 10 * (len(levels) - 1)}
    return record(spec(creation=creation, seed=seed), last, 0, status, curve=curve, metrics=metrics).as_json()


def test_target_is_what_every_arm_reaches_on_average() -> None:
    found = find(
        STUDY,
        [
            run("create_model", 0, [10, 20, 30, 40]),
            run("create_model", 1, [10, 30, 50, 60]),
            run("swap_head", 0, [10, 60, 80, 90]),
            run("swap_head", 1, [10, 40, 80, 90]),
        ],
    )
    steps = found.runs.set_index(["creation", "seed"])["steps_to_target"]
    # the target is 50, the mean end of create_model, which its own seed 0 never reaches
    assert steps["create_model", 0] == float("inf")
    assert steps["create_model", 1] == 20
    assert (steps["swap_head", 0], steps["swap_head", 1]) == (10, 20)
    table = summary(found.cells, found.axes).set_index("creation")
    assert table.loc["create_model", ["steps_to_target", "censored"]].tolist() == ["> 30", 1]
    assert table.loc["swap_head", ["steps_to_target", "censored"]].tolist() == ["15", 0]
    assert table["steps_to_loss_target"].tolist() == table["steps_to_target"].tolist()


def test_diverged_runs_do_not_lower_the_target() -> None:
    found = find(
        STUDY,
        [
            run("create_model", 0, [10, 50]),
            run("swap_head", 0, [10, 70]),
            run("swap_head", 1, [10, None], status="diverged"),
            run("create_model", 1, [10, 50]),
        ],
    )
    steps = found.runs.set_index(["creation", "seed"])["steps_to_target"]
    assert steps["swap_head", 1] == float("inf")
    assert steps["create_model", 0] == 10


def test_area_under_the_curve_is_the_mean_height() -> None:
    found = find(STUDY, [run("create_model", 0, [0, 100, 100]), run("create_model", 1, [40, 40, None, 40])])
    assert found.runs.sort_values("seed")["auc"].tolist() == pytest.approx([75, 40])
