"""Predictions are held against records row by row, and rows make a verdict."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from harness.analysis.expectation import Expectation
from harness.analysis.predictions import (
    AS_SAID,
    CONDITIONAL,
    HOLDS,
    OPEN,
    OTHERWISE,
    REFUTED,
    UNDECIDED,
    Row,
    judge,
    outcome_of,
    verdict,
)
from harness.analysis.study import AnalysedStudy
from tests.unit.analysis.synthetic import identity, spec

SEEDS = 8


def record(top1: float, born: float = 2.3, **changes: Any) -> dict[str, Any]:
    """A finished run."""
    content = spec(**changes)
    run, cell = identity(content)
    return {
        "run_id": run,
        "cell_id": cell,
        "spec": content,
        "status": "finished",
        "metrics": {"top1": top1, "proper_top1": top1 + 30},
        "birth": {"initial_loss": born},
        "data": {"num_classes": 10},
    }


def paired(effect: float, backbone: str = "a", seeds: int = SEEDS, born: float = 2.3) -> list[dict[str, Any]]:
    """Two arms whose seeds share a large part, so that only a paired comparison sees the effect."""
    generator = np.random.default_rng(len(backbone))
    found = []
    for seed in range(seeds):
        level = 60 + 10 * generator.standard_normal()
        noise = 0.3 * generator.standard_normal()
        found.append(record(level, backbone=backbone, seed=seed))
        found.append(record(level + effect + noise, born, backbone=backbone, seed=seed, creation="swap_head"))
    return found


def expected(**changes: Any) -> Expectation:
    fields = {"arm": {"creation": "swap_head"}, "against": {"creation": "create_model"}, "expects": "higher"}
    return Expectation.model_validate({"claim": 1, "says": "it ends higher", **fields, **changes})


def outcomes(records: list[dict[str, Any]], *expectations: Expectation) -> list[str]:
    return list(judge(AnalysedStudy("s", margin=1.0), records, expectations)["outcome"])


@pytest.mark.parametrize(("effect", "outcome"), [(5.0, AS_SAID), (0.0, OTHERWISE), (-5.0, OTHERWISE), (1.0, UNDECIDED)])
def test_an_effect_is_seen_through_the_seeds_common_part(effect: float, outcome: str) -> None:
    assert outcomes(paired(effect), expected()) == [outcome]


def test_no_verdict_below_eight_pairs() -> None:
    assert outcomes(paired(20.0, seeds=7), expected()) == [UNDECIDED]


def test_a_seed_counts_once_where_splits_are_crossed_with_seeds() -> None:
    records = []
    for split in (0, 1):
        for each in paired(5.0):
            content = each["spec"] | {"data": each["spec"]["data"] | {"split": split}}
            run, cell = identity(content)
            records.append({**each, "spec": content, "run_id": run, "cell_id": cell})
    assert judge(AnalysedStudy("s"), records, [expected()])["pairs"].tolist() == [SEEDS]


def test_a_list_in_where_stands_for_any_of_its_values() -> None:
    records = [*paired(5.0, "a"), *paired(5.0, "bb"), *paired(5.0, "ccc")]
    assert len(outcomes(records, expected(where={"backbone": ["a", "ccc"]}))) == 2


def test_the_level_is_shared_by_all_rows_of_a_claim() -> None:
    records = [*paired(5.0, "a"), *paired(5.0, "bb")]
    one = judge(AnalysedStudy("s"), records, [expected(where={"backbone": "a"})])
    both = judge(AnalysedStudy("s"), records, [expected(), expected(claim=2)])
    assert one["level"].tolist() == [0.95]
    assert both["level"].tolist() == [0.975] * 4
    widths = (both["high"] - both["low"]).to_numpy()
    assert (widths[0] > one["high"] - one["low"]).all()


@pytest.mark.parametrize(("born", "outcome"), [(4.0, AS_SAID), (2.4, OTHERWISE)])
def test_as_born_reads_the_direction_off_the_first_loss(born: float, outcome: str) -> None:
    assert outcomes(paired(-10.0, born=born), expected(expects="as_born")) == [outcome]


def test_a_cost_within_one_run_needs_no_other_arm() -> None:
    asked = expected(against={}, measure="lost", by=20)
    table = judge(AnalysedStudy("s"), paired(0.0), [asked])
    assert table["mean"].tolist() == [pytest.approx(30)]
    assert table["outcome"].tolist() == [AS_SAID]


def test_what_cannot_be_read_is_refused() -> None:
    with pytest.raises(ValidationError, match="name it in against"):
        expected(against={})
    with pytest.raises(ValidationError, match="same settings"):
        expected(against={"init": "zeros"})
    with pytest.raises(ValidationError, match="did you mean"):
        expected(measure="initial_los")


@pytest.mark.parametrize(
    ("expects", "low", "high", "outcome"),
    [
        ("lower", -9, -3, AS_SAID),
        ("lower", -1.5, 4, OTHERWISE),
        ("no_lower", -1, 5, AS_SAID),
        ("no_lower", -9, -3, OTHERWISE),
        ("no_higher", -9, 1, AS_SAID),
        ("different", -9, -3, AS_SAID),
        ("different", -1, 1, OTHERWISE),
        ("equivalent", -1, 1, AS_SAID),
        ("equivalent", 3, 9, OTHERWISE),
        ("equivalent", 1, 9, UNDECIDED),
    ],
)
def test_outcomes_by_interval(expects: str, low: float, high: float, outcome: str) -> None:
    assert outcome_of(expects, low, high, 2.0) == outcome


def rows(*marks: tuple[str, str]) -> list[Row]:
    return [Row("it does", {"backbone": backbone, "data": "d"}, outcome) for backbone, outcome in marks]


def test_verdicts() -> None:
    assert verdict([]).word == OPEN
    assert verdict(rows(("a", AS_SAID), ("b", UNDECIDED))).word == HOLDS
    assert verdict(rows(("a", AS_SAID), ("b", UNDECIDED), ("c", UNDECIDED))).word == OPEN
    assert verdict(rows(("a", OTHERWISE), ("b", OTHERWISE))).word == REFUTED
    mixed = verdict(rows(("a", AS_SAID), ("b", OTHERWISE), ("a", UNDECIDED)))
    assert (mixed.word, mixed.when) == (CONDITIONAL, "backbone is a (not b)")
    torn = verdict(rows(("a", AS_SAID), ("a", OTHERWISE)))
    assert torn.when == "in 1 of 2 rows, which no one setting tells apart"


def test_a_claim_of_several_parts_is_told_part_by_part() -> None:
    other = Row("it does so silently", {"backbone": "a"}, OTHERWISE)
    told = verdict([*rows(("a", AS_SAID), ("b", OTHERWISE)), other]).when
    assert told == "it does: backbone is a (not b); it does so silently: no"
