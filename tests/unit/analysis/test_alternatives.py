"""Each alternative explanation is ruled out on the clean study, and named where it is put in on purpose."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from harness.analysis.alternatives import alternatives
from harness.analysis.findings import Findings, find
from harness.analysis.study import AnalysedStudy

from .synthetic import synthetic_runs

STUDY = AnalysedStudy("made", baseline={"creation": "create_model", "init": "keep", "replicate": 0})


def outcomes(spoil: Callable[[dict[str, Any]], None]) -> pd.Series:
    """Outcome by cause after one change to the records of `swap_head`."""
    records = [entry.as_json() for entry in synthetic_runs(seeds=8, rates=(1e-3,), epochs=(2,))]
    for entry in records:
        if entry["spec"]["creation"]["name"] == "swap_head":
            spoil(entry)
    return alternatives(find(STUDY, records)).set_index("cause")["outcome"]


def test_on_the_synthetic_study_only_the_head_draw_is_left(found: Findings) -> None:
    table = alternatives(found).set_index("cause")
    assert table.at["the head's initialisation", "outcome"] == "shown"
    assert (table["outcome"].drop("the head's initialisation") == "ruled out").all()
    assert "120 of 120" in table.at["the head's initialisation", "evidence"]


SPOILED: dict[str, Callable[[dict[str, Any]], None]] = {
    "the head's initialisation": lambda entry: entry["curve"][2].update(val_loss=9.0),
    "a new head that the forward pass never uses": lambda entry: entry["curve"][1].update(grad_norm_head=0.0),
    "a backbone that is wholly or partly frozen in one method": lambda entry: entry["birth"].update(
        trainable_parameters=10
    ),
    "the order of freezing, creating the optimizer and replacing the head": lambda entry: entry["statistics"][0].update(
        distance=0.0
    ),
    "another variant (tag) of the weights": lambda entry: entry["birth"].update(backbone_hash="other"),
    "weights that were loaded in part (a backbone that stayed partly random)": lambda entry: entry["birth"][
        "weights"
    ].update(loaded=89),
    "other dropout or drop-path rates": lambda entry: entry["birth"]["rates"].update(drop_rate=0.2),
    "different preprocessing": lambda entry: entry["birth"]["preprocessing"].update(mean=[0.0]),
    "evaluation in training mode": lambda entry: entry["birth"].update(batchnorm="eval"),
    "random numbers consumed differently by the creation methods": lambda entry: entry["data"].update(split_hash="x"),
    "leakage between the splits": lambda entry: entry["data"].update(test_images_in_train=3),
}


@pytest.mark.parametrize("cause", SPOILED)
def test_a_cause_put_in_on_purpose_is_not_ruled_out(cause: str) -> None:
    clean = outcomes(lambda entry: None)
    spoiled = outcomes(SPOILED[cause])
    assert clean[cause] in ("ruled out", "shown")
    assert spoiled[cause] == ("shown" if "never uses" in cause else "not ruled out")


def test_leakage_in_both_arms_alike_is_told_and_ruled_out() -> None:
    records = [entry.as_json() for entry in synthetic_runs(seeds=8, rates=(1e-3,), epochs=(2,))]
    for entry in records:
        entry["data"]["test_images_in_train"] = 5
    table = alternatives(find(STUDY, records)).set_index("cause")
    assert table.at["leakage between the splits", "outcome"] == "ruled out"
    assert "5 test images (1.0 %)" in table.at["leakage between the splits", "evidence"]


def test_records_without_facts_test_nothing() -> None:
    records = [entry.as_json() for entry in synthetic_runs(seeds=1, rates=(1e-3,), epochs=(2,))]
    bare = [{key: entry[key] for key in ("run_id", "cell_id", "spec", "status")} for entry in records]
    assert set(alternatives(find(STUDY, bare))["outcome"]) == {"not tested here"}


def test_closure_must_hold_where_the_gap_is() -> None:
    records = [entry.as_json() for entry in synthetic_runs(seeds=8, rates=(1e-3,), epochs=(2,))]
    kept = [
        entry
        for entry in records
        if entry["spec"]["init"]["name"] == "keep" or entry["spec"]["backbone"]["name"] == "test_resnet"
    ]
    outcome = alternatives(find(STUDY, kept)).set_index("cause")["outcome"]
    assert outcome["the head's initialisation"] == "not ruled out"
