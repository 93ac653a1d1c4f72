"""A study's answer is shown again while nothing has changed, and written anew after any change."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.analysis import kept_answer
from harness.analysis.answer import answer
from harness.analysis.kept_answer import keep, kept

from .synthetic import record, spec, write_study

pytestmark = pytest.mark.usefixtures("undrawn")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    records = [
        record(spec(creation=creation, seed=seed), 60 + seed + gain, seed)
        for creation, gain in (("create_model", 0), ("swap_head", 12))
        for seed in range(9)
    ]
    study = write_study(tmp_path, records)
    keep(study, answer(study))
    return study


def test_it_is_what_was_written(folder: Path) -> None:
    again, anew = kept(folder), answer(folder)
    assert again is not None
    assert (again.shown, again.largest_difference) == (anew.shown, anew.largest_difference)
    assert again.paths == anew.paths
    assert again.largest_difference == pytest.approx(12)
    assert kept(folder) is None  # the report has just been written by somebody else


def _rewritten(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\n")


CHANGES: dict[str, Callable[[Path], None]] = {
    "a record": lambda folder: _rewritten(next(folder.glob("*/record.json"))),
    "a record less": lambda folder: next(folder.glob("*/record.json")).unlink(),
    "the study": lambda folder: _rewritten(folder / "study.json"),
    "the report": lambda folder: _rewritten(folder / "report.md"),
    "a table less": lambda folder: (folder / "summary.csv").unlink(),
    "torn": lambda folder: (folder / kept_answer.FILE).write_text('{"of": '),
    "of another form": lambda folder: (folder / kept_answer.FILE).write_text("[]"),
    "none": lambda folder: (folder / kept_answer.FILE).unlink(),
}


@pytest.mark.parametrize("change", CHANGES)
def test_any_change_is_seen(folder: Path, change: str) -> None:
    CHANGES[change](folder)
    assert kept(folder) is None


def test_another_state_of_the_code_writes_it_anew(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_answer, "installation", lambda *libraries: "another")
    assert kept(folder) is None
