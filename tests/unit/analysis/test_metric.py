"""A study is compared by its own metric, from the table to the verdict and the words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from harness.analysis.answer import answer
from harness.spec.errors import RequestError
from harness.study.request import parse

from .synthetic import record, spec, write_study

pytestmark = pytest.mark.usefixtures("undrawn")


def unequal(metric: str, seed: int, creation: str) -> dict[str, Any]:
    """Both arms have the same top-1; the swapped head is better by five points of the metric."""
    value = 70 + seed + 5 * (creation == "swap_head")
    return {"top1": 90.0 + seed, "val_top1": 90.0, "val_loss": 1.0, "steps": 10, metric: value, f"val_{metric}": value}


@pytest.mark.parametrize(("metric", "title"), [("balanced_accuracy", "balanced accuracy"), ("auroc", "AUROC")])
def test_a_gap_that_top1_hides_is_found(metric: str, title: str, tmp_path: Path) -> None:
    contents = [spec(creation=creation, seed=seed) for creation in ("create_model", "swap_head") for seed in range(8)]
    records = [
        record(content, 90.0, 0, metrics=unequal(metric, content["seed"], content["creation"]["name"]))
        for content in contents
    ]
    found = answer(write_study(tmp_path, records, metric=metric))
    table = pd.read_csv(found.paths["summary.csv"]).set_index("creation")
    assert table.loc["swap_head", "diff_mean"] == pytest.approx(5)
    assert table.loc["swap_head", "verdict"] == "different"
    assert table.loc["swap_head", f"{metric}_mean"] == pytest.approx(78.5)
    assert table.loc["swap_head", "top1_mean"] == table.loc["create_model", "top1_mean"] == pytest.approx(93.5)
    assert f"points of test {title}" in found.paths["report.md"].read_text()
    by_top1 = answer(write_study(tmp_path, records))
    table = pd.read_csv(by_top1.paths["summary.csv"]).set_index("creation")
    assert table.loc["swap_head", "verdict"] == "equivalent"


@pytest.mark.parametrize(("metric", "guessing"), [("auroc", 50.0), ("balanced_accuracy", 10.0)])
def test_a_diverged_run_counts_as_guessing(metric: str, guessing: float, tmp_path: Path) -> None:
    lost = record(spec(seed=0), 0.0, 0, status="diverged")
    found = answer(write_study(tmp_path, [lost], metric=metric))
    assert found.summary[f"{metric}_mean"].tolist() == [guessing]


def test_a_metric_that_does_not_exist_or_does_not_fit_is_refused() -> None:
    for comparison, told in (
        ({"metric": "accuracy"}, "comparison.metric"),
        ({"metric": "auroc", "historical": [77, 94]}, "top1"),
    ):
        with pytest.raises(RequestError, match=told):
            parse({"comparison": comparison})
