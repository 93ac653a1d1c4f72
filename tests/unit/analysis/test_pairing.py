"""Differences are paired by row and seed; diverged runs count, failed runs do not."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from harness.analysis.findings import Findings, find
from harness.analysis.study import AnalysedStudy

from .synthetic import record, spec, synthetic_runs

STUDY = AnalysedStudy("made", baseline={"creation": "create_model", "init": "keep", "replicate": 0})


def test_pairing_by_seed_is_much_sharper_than_not(found: Findings) -> None:
    cell = found.cells[found.cells["comparison"] & (found.cells["verdict"] == "different")].iloc[0]
    runs = found.runs[found.runs["row"] == cell["row"]]
    arm = runs.loc[runs["arm"] == cell["arm"], "score"]
    unpaired = stats.ttest_ind(arm, runs.loc[runs["baseline"], "score"]).confidence_interval(0.95)
    assert cell["diff_high"] - cell["diff_low"] < (unpaired.high - unpaired.low) / 5


def test_only_seeds_that_both_have_are_paired() -> None:
    runs = [record(spec(seed=seed), 50.0, seed).as_json() for seed in range(6)]
    runs += [record(spec(seed=seed, creation="swap_head"), 60.0 + seed, seed).as_json() for seed in range(3, 9)]
    cell = find(STUDY, runs).cells.query("comparison").iloc[0]
    assert (cell["n"], cell["pairs"]) == (6, 3)
    assert cell["diff_mean"] == pytest.approx(14.0)


def test_rows_are_never_mixed() -> None:
    runs = [record(spec(seed=0), 50.0, 0).as_json()]
    runs += [record(spec(seed=0, creation="swap_head", recipe__epochs=9), 60.0, 0).as_json()]
    found = find(STUDY, runs)
    assert found.pairs.empty
    assert found.cells["diff_mean"].isna().all()


def test_diverged_counts_at_chance_or_as_recorded_and_failed_counts_nowhere() -> None:
    left = [record(spec(seed=seed), 50.0, seed).as_json() for seed in range(3)]
    swap = [spec(seed=seed, creation="swap_head") for seed in range(3)]
    right = [
        record(swap[0], 60.0, 0, status="diverged").as_json(),
        record(swap[1], 60.0, 0, status="diverged", metrics={"top1": 31.0}).as_json(),
        record(swap[2], 60.0, 0, status="failed").as_json(),
    ]
    cell = find(STUDY, left + right).cells.query("comparison").iloc[0]
    assert (cell["n"], cell["pairs"], cell["diverged"], cell["failed"]) == (2, 2, 2, 1)
    assert cell["diff_mean"] == pytest.approx(np.mean([10 - 50, 31 - 50]))


def test_mixed_machinery_is_told() -> None:
    from harness.analysis.alternatives import alternatives
    from harness.analysis.sentences.compose import sentences

    clean = find(STUDY, [entry.as_json() for entry in synthetic_runs(seeds=2, rates=(1e-3,), epochs=(2,))])
    assert not any(line.startswith("Warning") for line in sentences(clean, {"rivals.csv": alternatives(clean)}))
    runs = [entry.as_json() for entry in synthetic_runs(seeds=2, rates=(1e-3,), epochs=(2,), replicates=False)]
    for entry in runs:
        if entry["spec"]["creation"]["name"] == "swap_head":
            entry["provenance"] = entry["provenance"] | {"device": "cuda", "precision": "bf16"}
    mixed = find(STUDY, runs)
    warning = sentences(mixed, {"rivals.csv": alternatives(mixed)})[0]
    assert warning.startswith(
        "Warning: the two sides of a comparison ran on different devices (8 of 12 pairs) and precisions"
    )
