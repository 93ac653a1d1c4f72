"""Null comparisons are independent and rightly paired; the noise floor stands beside the difference."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from harness.analysis.controls import false_positives, null_blocks
from harness.analysis.findings import Findings, find
from harness.analysis.frame import OWN_SPLIT
from harness.analysis.study import AnalysedStudy

from .synthetic import record, spec

SPLIT, DRAW = 5.0, 0.5
"""Standard deviation of a run's top-1 over splits, and over draws of the head."""


def _top1(seed: int, replicate: int) -> float:
    split = np.random.default_rng([seed, 7]).normal(0, SPLIT)
    return float(60 + split + np.random.default_rng([seed, 8, replicate]).normal(0, DRAW))


def _runs(seeds: int, shift: float = 0.0, twins: bool = False) -> pd.DataFrame:
    """One method, or two that are equal number by number, with two replicates; the second may win by `shift`."""
    rows = [
        {"row": 0, "row_label": "lr 0.001", "family": family, "replicate": replicate, "seed": seed, "split": OWN_SPLIT}
        | {"run_id": f"{family}-{replicate}-{seed}", "trajectory": f"{replicate}-{seed}"}
        | {"score": _top1(seed, replicate) + shift * replicate}
        for seed in range(seeds)
        for replicate in (0, 1)
        for family in range(2 if twins else 1)
    ]
    return pd.DataFrame(rows)


def test_comparison_i_has_the_seeds_8i_to_8i_plus_7_and_no_run_twice() -> None:
    blocks = null_blocks(_runs(32))
    paired, full = (blocks[blocks["kind"] == kind] for kind in ("paired", "full"))
    assert [tuple(part) for _, part in paired.groupby("block")["seed"]] == [
        tuple(range(8 * block, 8 * block + 8)) for block in range(4)
    ]
    for row in paired.itertuples():
        assert row.difference == pytest.approx(_top1(row.seed, 1) - _top1(row.seed, 0), abs=1e-5)
    assert sorted(full["seed"]) == [*range(8), *range(16, 24)]  # each against the seed 8 further on
    for row in full.itertuples():
        assert row.difference == pytest.approx(_top1(row.seed, 0) - _top1(row.seed + 8, 0), abs=1e-5)


def test_a_full_null_sees_the_splits_and_a_paired_one_does_not() -> None:
    deviation = null_blocks(_runs(64)).groupby("kind")["difference"].std()
    assert deviation["paired"] == pytest.approx(DRAW * 2**0.5, rel=0.3)
    assert deviation["full"] == pytest.approx(SPLIT * 2**0.5, rel=0.3)


def test_a_block_with_a_failed_run_is_left_out() -> None:
    runs = _runs(32)
    runs.loc[(runs["seed"] == 9) & (runs["replicate"] == 0), "score"] = np.nan
    blocks = null_blocks(runs)
    assert set(blocks.loc[blocks["kind"] == "paired", "block"]) == {0, 2, 3}
    assert set(blocks.loc[blocks["kind"] == "full", "block"]) == {2}


def test_equal_methods_with_other_draws_are_a_null_pair() -> None:
    blocks = null_blocks(_runs(16, twins=True))
    assert blocks[blocks["kind"] == "full"]["family"].nunique() == 1  # the twin's runs say nothing new
    twin = blocks[blocks["kind"] == "twin"]
    assert len(twin) == 16
    assert "twin" not in set(null_blocks(_runs(16))["kind"])
    assert twin["difference"].abs().max() > 0


def test_the_share_of_intervals_that_exclude_zero_is_nominal_and_its_interval_exact() -> None:
    table = false_positives(_runs(1_600)).set_index(["kind", "interval", "setting"])
    for kind, comparisons in (("paired", 200), ("full", 100)):
        row = table.loc[(kind, "t", "all")]
        assert row["comparisons"] == comparisons
        assert row["held"]
        assert row["share"] == pytest.approx(100 * row["excluding"] / comparisons)
        exact = stats.beta.ppf(0.025, row["excluding"], comparisons - row["excluding"] + 1)
        assert row["low"] == pytest.approx(100 * exact)
    assert set(table.index.get_level_values("interval")) == {"t", "permutation", "BCa"}


def test_a_difference_put_in_breaks_the_nominal_rate() -> None:
    table = false_positives(_runs(320, shift=1.0)).set_index(["kind", "interval", "setting"])
    assert not table.loc[("paired", "t", "all"), "held"]
    assert table.loc[("full", "t", "all"), "held"]


def test_without_sixteen_seeds_there_is_no_table() -> None:
    assert false_positives(_runs(8)).empty


def test_the_noise_floor_is_the_half_width_of_a_null_interval(found: Findings) -> None:
    cells, nulls = found.cells, found.nulls.table
    pairs = 10
    for backbone in ("test_efficientnet", "test_resnet"):
        rows = nulls["row"].isin(cells.loc[cells["backbone"] == backbone, "row"])
        sd = float(np.sqrt((nulls.loc[rows, "diff_sd"] ** 2).mean()))
        own = cells.loc[(cells["backbone"] == backbone) & (cells["pairs"] == pairs), "noise_floor"]
        assert own.to_numpy() == pytest.approx(stats.t.ppf(0.975, pairs - 1) * sd / pairs**0.5)
    assert cells.loc[cells["baseline"], "noise_floor"].isna().all()


def test_where_no_null_was_run_the_floor_is_empty_or_absent() -> None:
    def of(backbone: str, replicates: tuple[int, ...]) -> list[dict[str, object]]:
        return [
            record(
                spec(backbone=backbone, creation=creation, seed=seed, replicate=replicate), 50.0 + seed, seed
            ).as_json()
            for seed in range(8)
            for creation in ("create_model", "swap_head")
            for replicate in replicates
        ]

    study = AnalysedStudy("s", baseline={"creation": "create_model", "replicate": 0})
    cells = find(study, [*of("test_resnet", (0, 1)), *of("test_vit", (0,))]).cells
    compared = cells[cells["comparison"]].set_index("backbone")["noise_floor"]
    assert compared["test_resnet"] == 0
    assert pd.isna(compared["test_vit"])
    assert "noise_floor" not in find(study, of("test_vit", (0,))).cells
