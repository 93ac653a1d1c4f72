"""The first screen: few short lines, each true of the tables that lie beside it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from harness.analysis.answer import Answer, answer
from harness.analysis.findings import Findings
from harness.analysis.first_screen.compose import MOST
from harness.analysis.first_screen.dots import MEAN, SEED, WIDTH
from harness.analysis.first_screen.example import LARGEST, MIDDLE, NEAREST, example

from .synthetic import record, spec, synthetic_runs, write_study

TWO = (("create_model", "keep"), ("swap_head", "keep"))


def _study(
    folder: Path, gap: dict[float, float], validation: dict[float, float] | None = None, **changes: object
) -> Answer:
    """Two methods over learning rates with a gap at each, and one on validation data that may be another."""
    records = []
    for lr, points in gap.items():
        for seed in range(8):
            for creation, _ in TWO:
                swapped = creation == "swap_head"
                content = spec(creation=creation, recipe__lr=lr, seed=seed)
                made = record(content, 60 + seed + swapped * (points + 0.2 * (seed % 2) - 0.1), seed + 100 * swapped)
                seen = 60 + seed + swapped * ((validation or gap)[lr] + 0.2 * (seed % 2) - 0.1)
                records.append(replace(made, metrics=made.metrics | {"val_top1": seen}))
    return answer(write_study(folder, records, **changes))


def test_the_numbers_are_those_of_the_summary(answered: Answer, summary: pd.DataFrame, found: Findings) -> None:
    """The nearest recipe to the reported 63 against 75, and its test numbers."""
    of = example(found)
    assert of is not None
    assert of.why == NEAREST.format(63, 75)
    first = pd.read_csv(answered.paths["historical.csv"]).iloc[0]
    told = answered.first_screen[0]
    assert f"{first['top1_create_model']:.1f} % with `create_model(num_classes=10)`" in told
    assert f"{first['top1_swap_head']:.1f} % with a new `nn.Linear`" in told
    assert f"interval {first['diff_low']:.1f} to {first['diff_high']:.1f}" in told
    here = summary[(summary["backbone"] == first["backbone"]) & (summary["recipe.lr"] == first["recipe.lr"])]
    here = here[(here["recipe.epochs"] == first["recipe.epochs"]) & (here["init"] == "keep") & (here["replicate"] == 0)]
    by_method = here.set_index("creation")["top1_mean"]
    assert by_method.to_dict() == {"create_model": pytest.approx(of.first), "swap_head": pytest.approx(of.second)}


def test_it_is_short_and_tells_place_cause_control_and_remedy(answered: Answer) -> None:
    assert len(answered.first_screen) == MOST
    result, where, cause, excluded, fix = answered.first_screen
    assert "test_efficientnet on handwritten digits, all weights trained, adamw, learning rate" in result
    assert "wins in 4 of 6 configurations on test_efficientnet" in where
    assert "in none of 6 on test_resnet (equal within ± 1 points)" in where
    assert "100 % of the gap" in cause
    assert "Control: test_resnet, where both give the same runs, shows no gap in 6 comparisons." in excluded
    assert fix.startswith("Fix: after creating the model, `")
    assert all(len(line) < 350 and "nats" not in line and "Holm" not in line for line in answered.first_screen)


def test_validation_alone_chooses(tmp_path: Path) -> None:
    """The largest gap on the test part lies elsewhere, and is passed over."""
    told = _study(tmp_path, {1e-3: 5.0, 1e-2: 20.0}, {1e-3: 9.0, 1e-2: 2.0}).first_screen[0]
    assert "5.0 points more" in told
    assert "learning rate 0.001," in told
    assert LARGEST in told


def test_without_a_gap_the_middle_one_stands_for_all(tmp_path: Path) -> None:
    told = _study(tmp_path, dict.fromkeys((1e-4, 1e-3, 1e-2), 0.0))
    assert MIDDLE in told.first_screen[0]
    assert "equal within ± 1 points in all 3 configurations" in told.first_screen[1]
    assert told.first_screen[-1] == "Fix: either may be used, within ± 1 points."


def test_the_baseline_that_wins_is_kept(tmp_path: Path) -> None:
    told = _study(tmp_path, {1e-3: -7.0, 1e-2: -5.0}).first_screen
    assert re.search(r"7\.0 points less", told[0])
    assert "loses in 2 of 2" in told[1]
    assert told[-1] == "Fix: keep `create_model(num_classes=10)`."


def test_where_the_gap_is_gone_is_told_by_learning_rate(tmp_path: Path) -> None:
    told = _study(tmp_path, {1e-4: 9.0, 1e-3: 8.0, 1e-2: 0.0}).first_screen
    assert told[1].endswith("On handwritten digits it wins at learning rate 0.0001 and 0.001 and not at 0.01.")
    assert told[2].startswith("Cause: not separated in this study")


def test_too_few_seeds_are_called_so(tmp_path: Path) -> None:
    records = synthetic_runs(seeds=3, rates=(1e-3,), epochs=(2,), arms=TWO, replicates=False)
    told = answer(write_study(tmp_path, records)).first_screen
    assert "too few seeds for a verdict" in told[0]
    assert told[-1] == "Fix: open; no difference is established, and more seeds would tell."


def test_one_method_alone_is_no_comparison(tmp_path: Path) -> None:
    records = synthetic_runs(
        rates=(1e-3, 1e-2), epochs=(2,), arms=TWO[:1], backbones=("test_resnet",), replicates=False
    )
    told = answer(write_study(tmp_path, records)).first_screen
    assert told[0].startswith("No comparison")
    assert told[1].startswith("Best of 2 configurations on validation data: ")


def test_settings_are_named_as_the_command_line_takes_them(tmp_path: Path) -> None:
    records = [
        record(spec(seed=seed, regularization__drop_rate=rate), 70 + seed + 10 * (rate or 0) + 0.1 * (seed % 2), seed)
        for seed in range(9)
        for rate in (None, 0.2)
    ]
    changes = {"arms": ["regularization.drop_rate"], "baseline": {"regularization.drop_rate": None}}
    told = answer(write_study(tmp_path, records, **changes)).first_screen
    assert "with `regularization.drop_rate=null`" in told[0]
    assert "with `regularization.drop_rate=0.2`: 2.0 points more" in told[0]
    assert told[-1] == "Choose: `regularization.drop_rate=0.2`."


def test_no_records_are_no_answer(tmp_path: Path) -> None:
    assert answer(write_study(tmp_path, [])).first_screen == ("No records yet: no run of this study has ended.",)


def test_the_fix_runs_on_the_model_that_it_is_for(answered: Answer) -> None:
    import timm
    import torch

    model = timm.create_model("test_efficientnet", num_classes=10).eval()
    line = re.search(r"`([^`]+)`$", answered.first_screen[-1])
    assert line
    images, before = torch.rand(1, 3, 32, 32), model.get_classifier().weight.clone()
    exec(line[1], {"model": model, "torch": torch})
    assert not torch.equal(model.get_classifier().weight, before)
    assert model(images).shape == (1, 10)


def test_the_terminal_shows_every_seed_where_it_lies(tmp_path: Path) -> None:
    answered = _study(tmp_path, {1e-3: 12.0, 1e-2: 0.0})
    head, *lines = answered.picture
    assert re.fullmatch(r"learning rate .* % test accuracy", head)
    assert [line[:13].strip() for line in lines] == ["0.001", "", "0.01", ""]
    baseline, swapped, late, late_swapped = (line.index(MEAN) for line in lines)
    low, high = map(int, re.findall(r"\d+", head))
    assert swapped - baseline == pytest.approx(12 * (WIDTH - 1) / (high - low), abs=1)
    assert abs(late - late_swapped) <= 1
    assert all(1 <= line.count(SEED) <= 8 for line in lines)
    assert answered.shown.count("\n") == len(answered.first_screen) + len(answered.picture)


def test_a_network_on_which_no_distribution_was_exchanged_leaves_its_cause_open(tmp_path: Path) -> None:
    tried = synthetic_runs(8, backbones=("test_efficientnet",))
    untried = synthetic_runs(8, backbones=("efficientnet_b0",), arms=TWO)
    cause = answer(write_study(tmp_path, [*tried, *untried])).first_screen[2]
    assert "100 % of the gap, where it was tried" in cause
    assert cause.endswith("not separated on efficientnet_b0.")
