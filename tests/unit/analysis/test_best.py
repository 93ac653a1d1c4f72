"""Each arm at the learning rate that validation chooses, compared on the test set."""

from __future__ import annotations

import pytest

from harness.analysis.findings import Findings, find
from harness.analysis.study import AnalysedStudy

from .synthetic import record, spec

STUDY = AnalysedStudy("made", baseline={"creation": "create_model", "init": "keep", "replicate": 0})


def test_each_arm_takes_its_own_rate_by_validation_not_by_test() -> None:
    records = []
    for seed in range(8):
        for creation, lr, val, top1 in [
            ("create_model", 0.01, 80, 60),
            ("create_model", 0.1, 70, 90),
            ("swap_head", 0.01, 70, 95),
            ("swap_head", 0.1, 75, 62),
        ]:
            content = spec(creation=creation, recipe__lr=lr, seed=seed)
            metrics = {"top1": top1 + seed, "val_top1": val, "val_loss": 1.0, "steps": 10}
            records.append(record(content, top1, seed, metrics=metrics).as_json())
    best = find(STUDY, records).best.set_index("creation")
    assert best["lr"].to_dict() == {"create_model": 0.01, "swap_head": 0.1}
    assert best.at["swap_head", "baseline_lr"] == 0.01
    assert best.at["swap_head", "diff_mean"] == pytest.approx(2.0)
    assert best.at["swap_head", "verdict"] == "different"
    assert best.at["create_model", "verdict"] == ""


def test_a_half_done_cell_cannot_win_by_luck() -> None:
    records = [record(spec(recipe__lr=0.01, seed=seed), 60.0, seed).as_json() for seed in range(3)]
    records += [record(spec(recipe__lr=0.1, seed=0), 99.0, 0).as_json()]
    assert find(STUDY, records).best["lr"].tolist() == [0.01]


def test_the_gap_put_in_vanishes_at_the_best_rate(found: Findings) -> None:
    best = found.best[(found.best["creation"] == "swap_head") & (found.best["replicate"] == 0)]
    assert set(best["tuned"]) == {"lr", "lr and epochs"}
    assert best["diff_mean"].abs().max() < 1
    assert (best["verdict"] != "different").all()


def test_without_a_swept_rate_there_is_no_table() -> None:
    assert find(STUDY, [record(spec(), 50.0, 0).as_json()]).best.empty
