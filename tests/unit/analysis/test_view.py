"""The same runs with other arms: the differences turn round, the runs stay."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.analysis.answer import answer
from harness.analysis.study import View
from harness.cli.commands.report import report
from harness.spec.errors import RequestError

from .synthetic import synthetic_runs, write_study


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("study")
    write_study(path, synthetic_runs())
    return path


def test_the_baseline_of_a_view_is_its_own(folder: Path, tmp_path: Path) -> None:
    own = answer(folder, tmp_path / "own").summary
    seen = answer(folder, tmp_path / "view", View(("creation",), {"creation": "swap_head"})).summary
    assert seen["n"].sum() == own["n"].sum()
    assert set(seen.loc[seen["baseline"], "creation"]) == {"swap_head"}
    at = {"backbone": "test_efficientnet", "recipe.lr": 1e-3, "recipe.epochs": 2, "init": "keep", "replicate": 0}
    first, second = (
        table[(table[list(at)] == list(at.values())).all(axis=1)].set_index("creation") for table in (own, seen)
    )
    assert second.at["create_model", "diff_mean"] == pytest.approx(-first.at["swap_head", "diff_mean"])


def test_a_view_goes_into_a_folder_of_its_own(folder: Path) -> None:
    assert report([f"study={folder.name}", f"out={folder.parent}", "arms=init", "baseline=init:keep"]) == 0
    assert (folder / "by_init" / "report.html").is_file()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["arms=init"], "report: arms and baseline go together"),
        (["arms=int", "baseline=int:keep"], "arms: no run has 'int'; did you mean init?"),
        (["arms=init", "baseline=creation:swap_head"], "baseline: creation has to be one of the arms (init)"),
        (["arms=init", "baseline=init:zeroes"], "baseline: no run has init=zeroes; did you mean zeros?"),
    ],
)
def test_a_view_that_cannot_be(folder: Path, words: list[str], said: str) -> None:
    with pytest.raises(RequestError) as error:
        report([f"study={folder.name}", f"out={folder.parent}", *words])
    assert error.value.faults[0].startswith(said)
