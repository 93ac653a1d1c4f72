"""Null pairs hold zero as often as chance lets them."""

from __future__ import annotations

import pytest

from harness.analysis.findings import Findings, find
from harness.analysis.study import AnalysedStudy

from .synthetic import record, spec, synthetic_runs


def test_null_pairs_of_the_synthetic_study_are_as_chance(found: Findings) -> None:
    nulls = found.nulls
    assert len(nulls.table) == nulls.judged == 2 * 3 * 2 * 2
    assert nulls.as_chance
    assert nulls.low <= 0.05 <= nulls.high
    assert nulls.floor == pytest.approx(0.5 * 2**0.5, rel=0.15)


def test_a_real_difference_between_replicates_is_noticed() -> None:
    records = [
        record(spec(seed=seed, replicate=replicate, recipe__epochs=epochs), 50 + seed % 3 + 5.0 * replicate, seed)
        for seed in range(8)
        for replicate in (0, 1)
        for epochs in (1, 2, 3)
    ]
    nulls = find(AnalysedStudy("s"), [entry.as_json() for entry in records]).nulls
    assert (nulls.judged, nulls.excluding) == (3, 3)
    assert not nulls.as_chance


def test_null_pairs_stay_out_of_the_family(found: Findings) -> None:
    assert found.cells.loc[found.cells["replicate"] == 1, "p_holm"].isna().all()
    assert found.cells["p_holm"].notna().sum() == 2 * 3 * 2 * 3


def test_without_replicates_there_are_none() -> None:
    records = synthetic_runs(seeds=2, rates=(1e-3,), epochs=(2,), replicates=False)
    nulls = find(AnalysedStudy("s"), [entry.as_json() for entry in records]).nulls
    assert nulls.judged == 0
    assert nulls.table.empty
