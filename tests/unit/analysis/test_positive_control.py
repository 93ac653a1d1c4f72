"""An effect of known size is found in real runs, with the right sign and size."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from harness.analysis.answer import answer
from harness.analysis.controls import positive_control
from harness.analysis.findings import find
from harness.analysis.study import AnalysedStudy
from harness.records.record import Record
from harness.spec.rules import faults
from harness.spec.spec import Spec
from harness.training.conditions import expected_cost, flip

from .synthetic import write_study

SHARE = 0.2
BASELINE = {"evaluation": "proper"}


def test_the_expected_cost_is_the_mean_over_draws() -> None:
    generator = torch.Generator().manual_seed(0)
    logits, labels = torch.randn(200, 5, generator=generator), torch.randint(0, 5, (200,), generator=generator)
    logits[torch.arange(120), labels[:120]] += 6

    def top1(answers: torch.Tensor) -> float:
        return 100 * float((answers.argmax(dim=1) == labels).double().mean())

    lost = [top1(logits) - top1(flip(logits, SHARE, seed)) for seed in range(500)]
    assert sum(lost) / len(lost) == pytest.approx(expected_cost(logits, labels, SHARE), abs=0.2)
    changed = flip(logits, SHARE, 1).argmax(dim=1) != logits.argmax(dim=1)
    assert int(changed.sum()) == round(SHARE * len(logits))
    assert flip(logits, SHARE, 1).sort(dim=1).values.equal(logits.sort(dim=1).values)


@pytest.fixture(scope="module")
def runs(quick: Callable[..., Spec], afresh: Callable[..., Record]) -> list[Record]:
    """Eight seeds, evaluated properly and with a fifth of the answers flipped."""
    return [
        afresh(
            quick(
                transfer={"name": "linear_probe"},
                recipe={"epochs": 4, "lr": 1e-2},
                creation={"name": "swap_head"},
                evaluation={"name": name, **({"flipped": SHARE} if name != "proper" else {})},
                seed=seed,
            ),
            probes=False,
        )
        for seed in range(8)
        for name in ("proper", "answers_flipped")
    ]


def test_the_effect_is_found_as_large_as_it_is(runs: list[Record]) -> None:
    study = AnalysedStudy("s", arms=("evaluation",), baseline=BASELINE)
    [row] = positive_control(find(study, [run.as_json() for run in runs])).to_dict("records")
    proper = [run.metrics["top1"] / 100 for run in runs if not run.evaluation]
    formula = -100 * SHARE * sum(a - (1 - a) / 9 for a in proper) / len(proper)
    assert row["known"] == pytest.approx(formula, abs=0.01)
    assert row["diff_low"] <= row["known"] <= row["diff_high"] < 0
    assert row["holds"]
    assert row["found"]


def test_the_other_way_round_nothing_is_told_of_a_known_size(runs: list[Record]) -> None:
    study = AnalysedStudy("s", arms=("evaluation",), baseline={"evaluation": "answers_flipped"})
    found = find(study, [run.as_json() for run in runs])
    assert found.cells["diff_mean"].dropna().item() > 0
    assert positive_control(found).empty


def test_the_report_shows_it(runs: list[Record], tmp_path: Path) -> None:
    folder = write_study(tmp_path, runs, arms=["evaluation"], baseline=BASELINE)
    found = answer(folder)
    assert "<summary>Positive control: an effect of known size</summary>" in (folder / "report.md").read_text()
    assert any("the interval contains the known size in the one configuration" in told for told in found.sentences)
    assert not (folder / "conditions.csv").exists()  # a control is no mistake


def test_a_share_without_flipped_answers_is_refused() -> None:
    [fault] = faults(Spec.model_validate({"evaluation": {"name": "bgr", "flipped": 0.3}}))
    assert fault.startswith("evaluation.flipped: has no effect on evaluation=bgr")
