"""A thin archive says the same of every comparison as the whole study, and says that it is thin."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd

from harness.analysis.answer import answer
from harness.records.archive import PREDICTIONS, RECORDS, write_archive
from tests.unit.analysis.synthetic import synthetic_runs, write_study

COMPARED = ["creation", "n", "top1_mean", "pairs", "diff_mean", "diff_low", "diff_high", "verdict", "noise_floor"]


def test_a_thin_archive_gives_the_same_comparisons(tmp_path: Path) -> None:
    records = synthetic_runs(seeds=16, rates=(1e-3,), epochs=(2,), backbones=("test_resnet",))
    folder, target = write_study(tmp_path / "whole", records), tmp_path / "thin"
    assert write_archive(folder, target, metrics=frozenset({"top1", "val_top1"})) == len(records)
    write_archive(folder, tmp_path / "packed")
    assert (target / RECORDS).stat().st_size < (tmp_path / "packed" / RECORDS).stat().st_size / 2
    assert not (target / PREDICTIONS).exists()
    shutil.copy(folder / "study.json", target)
    whole, thin = (answer(place).summary for place in (folder, target))
    pd.testing.assert_frame_equal(thin[COMPARED], whole[COMPARED])
    nulls = [pd.read_csv(place / "null_pairs.csv") for place in (folder, target)]
    pd.testing.assert_frame_equal(*nulls)
    assert "are reduced" in (target / "report.md").read_text()
    assert "are reduced" not in (folder / "report.md").read_text()
