"""What is foretold of a study is what the companions say, and is judged by the rows that belong to it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from harness.dev.foretell.__main__ import main
from harness.dev.foretell.freeze import SETTINGS, foretold, pairs
from harness.dev.foretell.judge import by_kind, by_severity, judged
from harness.diagnose.audit.planned import audit_spec
from harness.diagnose.predict.probes import measure
from harness.spec.errors import RequestError
from harness.spec.spec import Spec
from tests.committed import committed
from tests.conftest import CPU

METHODS = ("create_model", "swap_head")


@pytest.fixture(scope="module")
def specs(quick: Callable[..., Spec]) -> list[Spec]:
    """A probe at two rates and a full fine-tuning that the fit does not reach, by both methods, in mixed order."""
    probe = {"transfer": {"name": "linear_probe"}}
    full: dict[str, Any] = {"transfer": {"name": "full"}, "recipe": {"lr": 0.7}}
    plans = [{**probe, "recipe": {"lr": 0.1}}, full, {**probe, "recipe": {"lr": 1e-3}}]
    return [
        quick(**plan, data={"name": "made", "samples": 60}, creation={"name": method})
        for method in METHODS
        for plan in plans
    ]


def test_each_configuration_says_what_audit_and_predict_say(specs: list[Spec]) -> None:
    table = foretold(specs, CPU)
    assert list(zip(table["transfer"], table["recipe.lr"], table["kind"], strict=True)) == [
        ("full", 0.7, "outside"),
        ("linear_probe", 1e-3, "measured"),
        ("linear_probe", 0.1, "measured"),
    ]
    for row, one in enumerate(measure(specs[2], specs[5], [1e-3, 0.1], CPU), start=1):
        assert table.loc[row, ["gap", "low", "high"]].tolist() == pytest.approx([one.gap, one.low, one.high], abs=0.006)
    assert table.loc[0, ["gap", "low", "high"]].isna().all()
    assert "recipe.lr is 0.7" in table.loc[0, "reasons"]
    report = audit_spec(specs[2])
    assert {each.partition(":")[0] for each in table.loc[1, "findings"].split()} == report.ids
    assert (table.loc[1, "severity"] == "error") == bool(report.serious)


def test_only_what_differs_in_the_method_alone_is_a_pair(specs: list[Spec]) -> None:
    first, *_ = specs
    again = first.model_copy(update={"replicate": 1})
    other_seedless = specs[3].model_copy(update={"init": type(first.init)(name="zeros")})
    assert pairs([first, again, other_seedless]) == []
    assert pairs([specs[3], again, first]) == [(first, specs[3])]


def _table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    usual = dict.fromkeys(SETTINGS, "one") | {"severity": "warning", "findings": "", "kind": "measured", "reasons": ""}
    return pd.DataFrame([usual | row for row in rows])


def _summary(differences: dict[float, tuple[float, str]]) -> pd.DataFrame:
    """The rows of both methods and of a null pair at each rate."""
    rows = []
    for rate, (difference, verdict) in differences.items():
        row = {"data": "one", "transfer": "one", "recipe.lr": rate, "init": "keep", "replicate": 0, "pairs": 8}
        rows.append(row | {"creation": "create_model"})
        told = {"diff_mean": difference, "diff_low": difference - 1, "diff_high": difference + 1, "verdict": verdict}
        rows.append(row | told | {"creation": "swap_head"})
        rows.append(row | {"creation": "swap_head", "replicate": 1, "diff_mean": 50.0, "verdict": "different"})
    return pd.DataFrame(rows)


RUNS = _summary(
    {0.1: (1.0, "equivalent"), 0.01: (8.0, "different"), 0.001: (20.0, "different"), 1.0: (3.0, "different")}
)
FROZEN = _table(
    [
        {"recipe.lr": 0.001, "severity": "error", "gap": 18.0, "low": 15.0, "high": 21.0},
        {"recipe.lr": 0.01, "severity": "error", "gap": 4.0, "low": 2.0, "high": 6.0},
        {"recipe.lr": 0.1, "gap": 0.0, "low": -2.0, "high": 2.0},
        {"recipe.lr": 1.0, "severity": "none", "kind": "outside", "gap": None, "low": None, "high": None},
    ]
)


def test_a_foretold_interval_is_held_against_the_difference_of_its_own_configuration() -> None:
    found = judged(FROZEN, RUNS)
    assert found["diff_mean"].tolist() == [20.0, 8.0, 1.0, 3.0]
    assert found["held"].tolist() == [True, False, True, None]


def test_the_findings_are_counted_by_verdict_and_the_intervals_by_what_they_hold() -> None:
    found = judged(FROZEN, RUNS)
    assert by_severity(found).to_dict("records") == [
        {"severity": "error", "different": 2, "undecided": 0, "equivalent": 0},
        {"severity": "warning", "different": 0, "undecided": 0, "equivalent": 1},
        {"severity": "none", "different": 1, "undecided": 0, "equivalent": 0},
    ]
    measured, outside = by_kind(found).to_dict("records")
    assert (measured["with_number"], measured["held"], measured["mean_error"]) == (3, 0.667, 2.333)
    assert (measured["sure"], measured["sure_signs_right"]) == (2, 1.0)
    assert (outside["foretold"], outside["with_number"]) == (1, 0)


def test_a_wrong_direction_is_no_right_sign() -> None:
    [row] = by_kind(judged(FROZEN.iloc[:2].assign(gap=[18.0, -4.0], low=[15, -6], high=[21, -2]), RUNS)).to_dict(
        "records"
    )
    assert (row["sure_signs_right"], row["different_signs_right"]) == (0.5, 0.5)


def test_what_was_foretold_and_not_run_is_refused() -> None:
    with pytest.raises(RequestError, match="1 of the 4"):
        judged(FROZEN, RUNS[RUNS["recipe.lr"] != 1.0])


def test_nothing_is_foretold_of_a_study_that_has_its_results(tmp_path: Path) -> None:
    (tmp_path / "gap").mkdir()
    (tmp_path / "gap" / "summary.csv").write_text("creation\n", encoding="utf-8")
    with pytest.raises(RequestError, match="before"):
        main(["gap", "--results", str(tmp_path)])
    with pytest.raises(RequestError, match=r"no foretold\.csv"):
        main(["gap", "--judge", "--results", str(tmp_path)])


def test_the_committed_judgement_follows_from_what_was_foretold_and_the_summary(tmp_path: Path) -> None:
    folder = tmp_path / "gap_lite"
    folder.mkdir()
    for name in ("foretold.csv", "summary.csv"):
        shutil.copy(committed("gap_lite", name), folder)
    main(["gap_lite", "--judge", "--results", str(tmp_path)])
    for name in ("judged.csv", "judged_audit.csv", "judged_intervals.csv"):
        assert (folder / name).read_text() == committed("gap_lite", name).read_text()
