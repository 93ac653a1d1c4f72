"""The answer as a whole: the effect put in on purpose is found, told and written."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from harness.analysis.answer import Answer, answer
from harness.analysis.figures import save
from harness.analysis.figures.save import save_figures
from harness.analysis.findings import Findings
from harness.spec.errors import RequestError
from tests.committed import committed

from .synthetic import effect, synthetic_runs, write_study

SETTINGS = ["backbone", "data", "creation", "init", "transfer", "recipe.lr", "recipe.epochs", "replicate"]
MEASURED = ["n", "top1_mean", "top1_std", "diff_mean", "diff_low", "diff_high", "verdict", "p_holm", "baseline"]
MEASURED += ["initial_loss", "uniform_loss", "val_top1_mean", "steps_to_target", "censored", "auc_mean"]
MEASURED += ["diverged", "failed"]


def row(
    summary: pd.DataFrame, backbone: str, lr: float, epochs: int, arm: tuple[str, str], replicate: int = 0
) -> pd.Series:
    """One cell of the summary."""
    mask = (summary["backbone"] == backbone) & (summary["recipe.lr"] == lr) & (summary["recipe.epochs"] == epochs)
    mask &= (summary["creation"] == arm[0]) & (summary["init"] == arm[1]) & (summary["replicate"] == 0)
    cells = summary[mask]
    assert len(cells) == 1
    return cells.iloc[0]


def test_importing_the_analysis_imports_neither_torch_nor_mlflow() -> None:
    code = (
        "import sys, pkgutil, importlib, harness.analysis as a\n"
        "names = {m.name for m in pkgutil.walk_packages(a.__path__, 'harness.analysis.')}\n"
        "for name in names - {'harness.analysis.claims.facts', 'harness.analysis.claims._fact'}:\n"
        "    importlib.import_module(name)\n"
        "bad = {'torch', 'mlflow', 'timm', 'torchvision'} & set(sys.modules)\n"
        "assert 'harness.analysis.answer' in sys.modules and not bad, bad"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[3])


def test_summary_has_one_row_for_each_cell_and_the_promised_columns(summary: pd.DataFrame) -> None:
    assert {*SETTINGS, *MEASURED} <= set(summary.columns)
    assert len(summary) == 2 * 3 * 2 * 6
    assert (summary["n"] == 10).all()
    assert summary.loc[summary["baseline"], ["diff_mean", "diff_low", "diff_high", "verdict"]].isna().all().all()


@pytest.mark.parametrize("lr", [1e-4, 1e-3])
@pytest.mark.parametrize("epochs", [2, 5])
def test_the_effect_put_in_is_found(summary: pd.DataFrame, lr: float, epochs: int) -> None:
    cell = row(summary, "test_efficientnet", lr, epochs, ("swap_head", "keep"))
    true = -effect("test_efficientnet", "create_model", "keep", lr, epochs)
    assert cell["verdict"] == "different"
    assert cell["diff_mean"] == pytest.approx(true, abs=1.0)
    assert cell["diff_low"] < cell["diff_mean"] < cell["diff_high"]
    assert cell["p_holm"] < 1e-3


def test_control_is_exactly_zero_and_equivalent(summary: pd.DataFrame) -> None:
    cell = row(summary, "test_resnet", 1e-3, 5, ("swap_head", "keep"))
    assert (cell["diff_mean"], cell["diff_low"], cell["diff_high"]) == (0, 0, 0)
    assert cell["verdict"] == "equivalent"


def test_where_the_effect_vanishes_there_is_no_difference(summary: pd.DataFrame) -> None:
    cell = row(summary, "test_efficientnet", 1e-2, 5, ("swap_head", "keep"))
    assert cell["verdict"] == "equivalent"
    assert cell["p_holm"] > 0.05


def test_sentences_tell_direction_size_rates_cause_and_remedy(answered: Answer) -> None:
    text = "\n".join(answered.sentences)
    assert (
        "test_efficientnet on digits (full): a gap. swap_head, keep beats create_model, keep in 4 of 6 configurations"
        in text
    )
    assert "There is a gap in every configuration at learning rate 0.0001 and 0.001, in none at 0.01." in text
    assert "test_resnet on digits (full): no gap" in text
    assert "The cause is the initialisation of the head" in text
    assert "`torch.nn.init.zeros_(model.classifier.weight)`" in text
    assert "has no effect on test_resnet" in text
    assert "no difference remains" in text


def test_every_promised_file_is_written(answered: Answer) -> None:
    names = {"summary.csv", "null_pairs.csv", "best_lr.csv", "rivals.csv", "historical.csv", "report.md", "report.html"}
    drawn = {"accuracies", "response_map", "forest", "learning_rates", "curves", "initial_loss", "head_weights"}
    assert names <= set(answered.paths)
    assert {Path(name).stem for name in answered.paths if name.startswith("figures/")} == drawn
    assert all(path.stat().st_size > 0 for path in answered.paths.values())


def test_html_is_self_contained_and_holds_the_answer(answered: Answer) -> None:
    page = answered.paths["report.html"].read_text()
    assert "<script" not in page
    assert "http://" not in page
    assert "https://" not in page
    assert page.count("data:image/svg+xml;base64,") == 7
    assert "a gap. swap_head, keep beats create_model, keep" in page


def test_the_same_records_give_the_same_bytes(folder: Path, answered: Answer, tmp_path: Path) -> None:
    again = answer(folder, tmp_path)
    for name, path in answered.paths.items():
        assert path.read_bytes() == again.paths[name].read_bytes(), name


def test_a_folder_without_a_study_is_a_request_error(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"study: no study\.json"):
        answer(tmp_path)


def test_records_of_other_cells_stay_out(tmp_path: Path) -> None:
    records = synthetic_runs(seeds=2, rates=(1e-3,), epochs=(2,), replicates=False)
    cells = sorted({entry.cell_id for entry in records if entry.spec["backbone"]["name"] == "test_resnet"})
    told = answer(write_study(tmp_path, records, cells=cells))
    assert set(told.summary["backbone"]) == {"test_resnet"}


@pytest.mark.slow
def test_figures_drawn_beside_the_tables_are_the_same(
    found: Findings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By other processes, and here where these fail."""
    draw = save._draw

    def marked(*arguments: Any) -> None:
        (tmp_path / f"drawn-by-{os.getpid()}").touch()
        draw(*arguments)

    here = {name: path.read_bytes() for name, path in save_figures(found, tmp_path / "here").items()}
    monkeypatch.setattr(save, "MANY_RUNS", 0)
    monkeypatch.setattr(save.threading, "active_count", lambda: 1)
    for place, by in (("beside", marked), ("again", lambda *_: os._exit(1))):
        monkeypatch.setattr(save, "_draw", by)
        drawn = save.begin_figures(found, tmp_path / place)()
        assert {name: path.read_bytes() for name, path in drawn.items()} == here
        assert list(drawn) == list(here)
    processes = {path.name for path in tmp_path.glob("drawn-by-*")}
    assert len(processes - {f"drawn-by-{os.getpid()}"}) == 2


@pytest.mark.long
def test_ten_thousand_runs_are_answered_within_a_gigabyte(tmp_path: Path) -> None:
    assert committed("gap_bundled").is_dir()
    command = [sys.executable, "-m", "tests.unit.analysis.large", str(tmp_path)]
    _, told = (
        subprocess.run(command, check=True, cwd=Path(__file__).parents[3], capture_output=True, text=True).stdout
        for _ in ("written", "answered")
    )
    assert float(re.search(r"([\d.]+) MB", told).group(1)) < 1_000
