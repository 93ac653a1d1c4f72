"""The table of each comparison's statistics: a row each, and nothing that was lost goes untold."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from harness.analysis.answer import Answer, answer
from harness.analysis.comparisons import comparisons
from harness.analysis.findings import find
from harness.analysis.statistics import DIFFERENT, EQUIVALENT, UNDECIDED
from harness.analysis.study import AnalysedStudy

from .synthetic import record, spec, synthetic_runs, write_study

pytestmark = pytest.mark.usefixtures("undrawn")

STUDY = AnalysedStudy("made", baseline={"creation": "create_model", "init": "keep", "replicate": 0})


def two_arms(differences: list[float], **failed: set[int]) -> pd.DataFrame:
    """The table of one comparison; seeds named in `base` or `arm` failed on that side."""
    runs = []
    for seed, difference in enumerate(differences):
        for side, creation, top1 in (("base", "create_model", 50.0), ("arm", "swap_head", 50.0 + difference)):
            status = "failed" if seed in failed.get(side, ()) else "finished"
            runs.append(record(spec(seed=seed, creation=creation), top1, seed, status=status).as_json())
    return comparisons(find(STUDY, runs))


def test_a_row_for_each_comparison(answered: Answer) -> None:
    table = pd.read_csv(answered.paths["statistics.csv"])
    summary = answered.summary
    compared = summary[~summary["baseline"] & (summary["replicate"] == 0)]
    assert len(table) == len(compared) == 2 * 3 * 2 * 3
    assert table["verdict"].isin([DIFFERENT, EQUIVALENT, UNDECIDED]).all()
    assert (table["lost"] == 0).all()
    near = table[table["diff_low"] != table["diff_high"]]
    assert ((near["bca_high"] - near["bca_low"]) / (near["diff_high"] - near["diff_low"])).between(0.4, 1.2).all()
    for section in ("Statistics of each comparison", "Components of the uncertainty"):
        assert all(section in answered.paths[name].read_text() for name in ("report.md", "report.html"))


@pytest.mark.parametrize(("base", "arm", "lost"), [({1}, {2, 3}, 3), ({4}, {4}, 1), (set(range(9)), set(), 9)])
def test_pairs_that_failed_runs_lose_are_shown(base: set[int], arm: set[int], lost: int) -> None:
    row = two_arms([float(seed) for seed in range(9)], base=base, arm=arm).iloc[0]
    assert (row["pairs"], row["lost"]) == (9 - lost, lost)


def test_summary_shows_failures_beside_runs_and_pairs(tmp_path: Path) -> None:
    runs = [record(spec(seed=seed), 50.0, seed, status="failed" if seed < 2 else "finished") for seed in range(8)]
    swap = [spec(seed=seed, creation="swap_head") for seed in range(8)]
    runs += [record(one, 55.0, 1, status="diverged" if one["seed"] == 5 else "finished") for one in swap]
    found = answer(write_study(tmp_path, runs))
    cell = found.summary[~found.summary["baseline"]].iloc[0]
    assert (cell["n"], cell["pairs"], cell["diverged"]) == (8, 6, 1)
    assert found.summary.loc[found.summary["baseline"], "failed"].tolist() == [2]
    assert pd.read_csv(found.paths["statistics.csv"])["lost"].tolist() == [2]
    report = found.paths["report.md"].read_text()
    assert report.count("RuntimeError: it broke") == 2
    assert "2 runs failed" in report
    assert cell["verdict"] == ""  # six pairs are left of eight


def test_what_few_seeds_cannot_give_is_left_empty() -> None:
    five, eight, ten = (two_arms([1.0, 2, 1.5, 0.5, 3, 2.5, 1.2, 0.8, 1.7, 2.2][:n]).iloc[0] for n in (5, 8, 10))
    assert np.isnan([five["p_permutation"], five["bca_low"], eight["bca_low"]]).all()
    assert five["verdict"] == ""
    assert five["seeds_needed"] == "3"
    assert eight["p_permutation"] == 2 / 2**8
    assert ten["bca_low"] < ten["diff_mean"] < ten["bca_high"]
    assert (ten["better"], ten["verdict"], ten["seeds_needed"]) == (100, DIFFERENT, "0")


def test_the_study_chooses_its_correction(tmp_path: Path) -> None:
    runs = synthetic_runs(seeds=8, rates=(1e-3,), epochs=(2,), replicates=False)
    holm = comparisons(find(STUDY, [entry.as_json() for entry in runs]))
    fdr = answer(write_study(tmp_path, runs, correction="fdr"))
    assert "p_fdr" not in holm
    assert "p_holm" not in fdr.summary
    assert (fdr.summary["p_fdr"].dropna().to_numpy() <= holm["p_holm"].to_numpy() + 1e-12).all()
    assert "Benjamini and Hochberg" in fdr.paths["report.md"].read_text()
    assert "Holm" not in fdr.paths["report.md"].read_text()
