"""Looking again and again must not make false findings: the promise of the sequential rule, by simulation."""

from __future__ import annotations

from itertools import product

import numpy as np
import numpy.typing as npt
import pytest

from harness.analysis.findings import find
from harness.analysis.look_plan import LookPlan, sizes
from harness.analysis.looks import Ruling, rule
from harness.analysis.study import AnalysedStudy

from .synthetic import record, spec

MOST, MARGIN, STUDIES = 32, 1.0, 4_000
TRUE = np.array([0.0, 0.0, MARGIN, -MARGIN, 2 * MARGIN, 0.2])
"""No difference, one at either edge of the margin, one beyond, one that is there and small."""

Floats = npt.NDArray[np.float64]


def _plan(comparisons: int, looks: tuple[int, ...] = sizes(8, MOST)) -> LookPlan:
    return LookPlan(tuple(range(looks[-1])), looks, comparisons)


def _differences(true: Floats, studies: int, sd: float = 1.0) -> Floats:
    """Paired differences [studies × comparisons, MOST] with a baseline in common, as those of one row have."""
    random = np.random.default_rng(5)
    shared, own = random.normal(0, sd / 2**0.5, (2, studies, len(true), MOST))
    shared[:] = shared[:, :1]
    return (true[:, None] + shared + own).reshape(-1, MOST)


def _judge(differences: Floats, plan: LookPlan) -> Ruling:
    return rule(differences, np.ones(differences.shape, bool), plan, MARGIN)


def _false(verdict: npt.NDArray[np.str_], low: Floats, true: Floats) -> npt.NDArray[np.bool_]:
    """Equivalent though it is not, or different though it is not, or different with the wrong sign."""
    wrong_side = np.where(low > 0, true <= 0, true >= 0)
    return ((verdict == "equivalent") & (np.abs(true) >= MARGIN)) | ((verdict == "different") & wrong_side)


def test_looks_grow_by_half_and_end_at_the_most() -> None:
    assert sizes(8, 32) == (8, 12, 18, 27, 32)
    assert sizes(8, 8) == (8,)
    assert sizes(10, 12) == (10, 12)


def test_the_errors_of_all_looks_and_comparisons_make_five_percent() -> None:
    errors = _plan(6).errors
    assert 6 * errors.sum() == pytest.approx(0.05)
    assert errors[0] == pytest.approx(0.05 * 8 / 32 / 6)


def test_at_most_five_percent_of_studies_have_a_false_verdict() -> None:
    differences, true = _differences(TRUE, STUDIES), np.tile(TRUE, STUDIES)
    ruling = _judge(differences, _plan(len(TRUE)))
    false = _false(ruling.verdict, ruling.low, true).reshape(STUDIES, -1).any(axis=1)
    assert false.mean() <= 0.05

    naive = np.zeros(STUDIES, bool)
    for size in sizes(8, MOST):
        once = _judge(differences[:, :size], _plan(1, (size,)))
        naive |= _false(once.verdict, once.low, true).reshape(STUDIES, -1).any(axis=1)
    assert naive.mean() > 0.2  # what the rule is there for


def test_one_comparison_keeps_its_level_too() -> None:
    ruling = _judge(_differences(np.zeros(1), 20_000, sd=3.0), _plan(1))
    assert 0.02 <= (ruling.verdict == "different").mean() <= 0.05


def test_a_large_effect_is_found_early_and_no_effect_needs_more() -> None:
    size = np.array([0, *sizes(8, MOST)])
    large, none = (_judge(_differences(np.full(4, true), 500), _plan(4)) for true in (4.0, 0.0))
    assert (large.verdict == "different").mean() > 0.99
    assert size[large.looks].mean() < MOST / 3
    assert size[none.looks].mean() > size[large.looks].mean()
    assert (none.verdict == "equivalent").mean() > 0.5


def test_what_comes_after_a_verdict_changes_nothing() -> None:
    differences = _differences(np.full(3, 4.0), 1)
    early = _judge(differences, _plan(3))
    assert (early.looks == 1).all()
    differences[:, 8:] = -50.0
    late = _judge(differences, _plan(3))
    assert (late.low == early.low).all()
    assert (late.verdict == "different").all()


def test_an_incomplete_look_is_not_taken_and_a_failed_pair_is_missing_from_it() -> None:
    differences = _differences(np.array([0.5]), 1, sd=3.0)
    ended = np.ones(differences.shape, bool)
    ended[0, 11] = False
    assert rule(differences, ended, _plan(1), MARGIN).looks == [1]
    ended[0, 7] = False
    nothing = rule(differences, ended, _plan(1), MARGIN)
    assert nothing.looks == [0]
    assert np.isnan(nothing.low).all()
    assert nothing.verdict == [""]
    differences[0, 3] = np.nan  # failed: seven pairs give no verdict, twelve less one do
    taken = rule(differences, np.ones(differences.shape, bool), _plan(1, (8, 12)), MARGIN)
    assert taken.looks == [2]


def test_the_looks_are_derived_again_from_records() -> None:
    plan = _plan(1, (8, 12))
    random = np.random.default_rng(1)
    for gap, looks, pairs in ((20.0, 1, 8), (0.0, 2, 12)):
        records = [
            record(spec(creation=creation, seed=seed), 50 + gap * arm + random.normal(0, 3), seed).as_json()
            for seed in range(12)
            for arm, creation in enumerate(("create_model", "swap_head"))
        ]
        study = AnalysedStudy("s", baseline={"creation": "create_model"}, until_decided=plan)
        cell = find(study, records).cells.query("not baseline").iloc[0]
        assert (cell["looks"], cell["pairs"]) == (looks, pairs)
        assert cell["level"] == pytest.approx(100 * (1 - plan.errors[looks - 1]))
        assert (cell["p_holm"] < 0.05) == (cell["verdict"] == "different") == (gap > 0)


def test_a_look_reads_the_mean_over_crossed_splits() -> None:
    """The splits differ by ten points and the arms by nothing: the first split alone would tell of a difference."""
    plan = _plan(1, (8,))
    records = []
    for seed, split, arm in product(range(8), (0, 1), (0, 1)):
        content = spec(creation=("create_model", "swap_head")[arm], seed=seed)
        content["data"]["split"] = split
        top1 = 50 + (5 if split else -5) * arm + 0.1 * (seed % 3 - 1) * arm
        entry = record(content, top1, seed)
        records.append({**entry.as_json(), "cell_id": f"{arm}" * 12, "run_id": f"{arm}{split}{seed}"})
    study = AnalysedStudy("s", baseline={"creation": "create_model"}, until_decided=plan)
    cell = find(study, records).cells.query("not baseline").iloc[0]
    assert cell["verdict"] == "equivalent"
