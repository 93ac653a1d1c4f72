"""What differs between two runs or two studies, read from committed records, and from the same ones changed."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.analysis.compare.comparison import Compared, Section
from harness.analysis.compare.formats import json as as_json
from harness.analysis.compare.formats import markdown, text
from harness.analysis.compare.runs import compare_runs
from harness.analysis.compare.side import Run, Sweep, find
from harness.analysis.compare.studies import compare_studies
from harness.cli.commands.compare import compare
from harness.cli.main import told
from harness.records.archive import read_records
from harness.records.record import Predictions
from harness.records.store import RECORD, STUDY, write_text

MINI = Path(__file__).parents[3] / "golden" / "mini"
RECORDS = read_records(MINI)
Change = Callable[[dict[str, Any]], object]


def _run(at: int) -> Run:
    found = find("a", str(MINI / RECORDS[at]["run_id"]), "", Path("runs"))
    assert isinstance(found, Run)
    return found


def _changed(run: Run, change: Change) -> Run:
    record = json.loads(json.dumps(run.record))
    change(record)
    return Run("changed", record, run.predictions)


def _sections(found: Compared) -> dict[str, Section]:
    return {section.title: section for section in found.sections}


def _said(section: Section) -> str:
    return " ".join(section.told)


def test_a_run_beside_itself_differs_in_nothing() -> None:
    found = compare_runs(_run(0), _run(0))
    sections = _sections(found)
    assert not found.warnings
    assert not any(sections[title].rows for title in ("Spec", "Initial diagnostics", "Learning curve", "Metrics"))
    assert "1000 of 1000 answers are equal" in _said(sections["Test predictions"])


def test_the_spec_differs_in_what_was_asked_and_not_in_fields_that_old_records_lack() -> None:
    def change(record: dict[str, Any]) -> None:
        record["spec"]["recipe"]["lr"] = 0.5
        record["spec"]["evaluation"] = {"name": "proper", "batch_size": 64}

    found = compare_runs(_run(0), _changed(_run(0), change))
    assert _sections(found)["Spec"].rows == (("recipe.lr", 0.001, 0.5),)


def test_curves_part_at_the_first_step_that_differs() -> None:
    def change(record: dict[str, Any]) -> None:
        for point in record["curve"][1:]:
            point["val_loss"] += 1

    section = _sections(compare_runs(_run(0), _changed(_run(0), change)))["Learning curve"]
    assert "part at step 1, of 3 common points" in _said(section)
    assert [row[0] for row in section.rows] == ["val_loss"]


def test_mcnemar_counts_the_images_that_one_of_the_two_has_right() -> None:
    label = np.zeros(20, np.int16)
    all_right, ten_wrong = label.copy(), label.copy()
    ten_wrong[:10] = 1
    record = _run(0).record
    a, b = (Run(name, record, Predictions(label, found)) for name, found in (("a", all_right), ("b", ten_wrong)))
    [row] = _sections(compare_runs(a, b))["Test predictions"].rows
    assert row[:4] == (20, 10, 10, 0)
    assert row[4] == pytest.approx(2 / 2**10)


def test_answers_to_other_images_are_not_compared() -> None:
    other = _changed(_run(0), lambda record: record["data"].update(test_hash="another"))
    assert "different images" in _said(_sections(compare_runs(_run(0), other))["Test predictions"])


def test_other_machinery_is_a_warning() -> None:
    def change(record: dict[str, Any]) -> None:
        record["provenance"]["device"] = "cuda"
        record["provenance"]["versions"]["torch"] = "2.11.0"

    warnings = compare_runs(_run(0), _changed(_run(0), change)).warnings
    assert warnings[0] == "the two ran on different device: cpu and cuda"
    assert "torch 2.15.0 and 2.11.0" in warnings[1]


def _copy(folder: Path, change: Change) -> Path:
    """The mini-study as run folders, each record changed."""
    folder.mkdir(parents=True)
    shutil.copy(MINI / STUDY, folder / STUDY)
    for kept in RECORDS:
        record = json.loads(json.dumps(kept))
        change(record)
        write_text(folder / record["run_id"] / RECORD, json.dumps(record))
    return folder


def _swept(folder: Path) -> Sweep:
    found = find("a", str(folder), "", Path("runs"))
    assert isinstance(found, Sweep)
    return found


def test_a_study_beside_its_copy_is_equal_number_by_number(tmp_path: Path) -> None:
    found = compare_studies(_swept(MINI), _swept(_copy(tmp_path / "copy", lambda record: None)))
    sections = _sections(found)
    assert sections["What both have"].rows == (("cells", 4, 0, 0), ("runs", 12, 0, 0))
    assert "12 of 12 runs" in _said(sections["Number by number"])
    assert not sections["Means of top-1"].rows


def test_a_cell_that_moved_is_told_with_its_interval_and_the_others_are_not(tmp_path: Path) -> None:
    cell = RECORDS[0]["cell_id"]

    def change(record: dict[str, Any]) -> None:
        if record["cell_id"] == cell:
            record["metrics"]["top1"] += 2
            record["provenance"]["threads"] = 8

    found = compare_studies(_swept(MINI), _swept(_copy(tmp_path / "moved", change)))
    [row] = _sections(found)["Means of top-1"].rows
    assert row[1] == 3
    assert row[4:7] == pytest.approx((2, 2, 2))
    assert "9 of 12 runs" in _said(_sections(found)["Number by number"])
    assert found.warnings == ("3 of 12 pairs of runs differ in threads",)


def test_every_format_holds_every_section() -> None:
    found = compare_runs(_run(0), _run(5))
    for section in found.sections:
        assert f"\n{section.title}\n" in text(found)
        assert f"\n## {section.title}\n" in markdown(found)
    assert [each["title"] for each in json.loads(as_json(found))["sections"]] == [each.title for each in found.sections]


@pytest.fixture
def _git() -> None:
    """The program, or no test: the harness itself can do without."""
    if shutil.which("git") is None:
        pytest.skip("git is not installed")


@pytest.fixture
def repository(_git: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with the mini-study committed, and nothing of it in the working tree any more."""

    def git(*arguments: str) -> None:
        who = ("-c", "user.name=test", "-c", "user.email=test@example.org")
        subprocess.run(["git", *who, *arguments], cwd=tmp_path, check=True, capture_output=True)

    shutil.copytree(MINI, tmp_path / "results" / "mini")
    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "a study")
    shutil.rmtree(tmp_path / "results")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("repository")
def test_a_commit_is_read_as_it_was(capsys: pytest.CaptureFixture[str]) -> None:
    assert compare(["git:HEAD", str(MINI), "study=mini"]) == 0
    assert "12 of 12 runs" in capsys.readouterr().out
    one = f"git:HEAD:results/mini/{RECORDS[0]['run_id'][:6]}"
    assert compare([f"b={one}", f"a={MINI / RECORDS[0]['run_id']}", "format=json"]) == 0
    assert json.loads(capsys.readouterr().out)["kind"] == "run"


WRONG = [
    (["nowhere", str(MINI)], "a: no run and no study at nowhere"),
    ([str(MINI)], "b: harness compare needs b=..."),
    ([str(MINI), str(MINI), str(MINI)], "two sides, got 3"),
    ([str(MINI), str(MINI / RECORDS[0]["run_id"])], "b is a run and a a study"),
    ([str(MINI / "0"), str(MINI)], "a is a run and b a study"),
    ([str(MINI / "zz"), str(MINI)], "a: no run and no study at"),
    ([str(MINI), str(MINI), "format=html"], "format: there is no 'html'"),
    (["git:HEAD", str(MINI)], "a: git:HEAD names no study"),
    (["git:nowhere:results/mini", str(MINI)], "a: git knows no commit nowhere"),
    ([str(MINI), "git:HEAD", "train=true"], "a: with train=true a side is git:COMMIT"),
    (["git:HEAD", "git:HEAD", "train=true"], "a: commit HEAD holds no package harness"),
    ([str(MINI), str(MINI), "recipe.lr=1"], "'recipe.lr=1' is not one of its keys"),
    (["git:HEAD:results/other", str(MINI)], "a: commit HEAD holds no archived study at results/other"),
]


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize(("arguments", "fault"), WRONG, ids=[fault for _, fault in WRONG])
def test_a_wrong_request_is_told_in_one_line(
    arguments: list[str], fault: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert told(lambda: compare(arguments)) == 2
    said = capsys.readouterr().err
    assert fault in said
    assert said.count("\n") == 1


def test_without_git_a_commit_is_refused_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "")
    assert told(lambda: compare(["git:HEAD:results/mini", str(MINI)])) == 2
    assert capsys.readouterr().err == "error: a: git cannot be run (No such file or directory)\n"


@pytest.mark.usefixtures("_git")
@pytest.mark.long
def test_one_commit_trained_twice_gives_the_same_run(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(MINI)
    if subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, check=False).returncode:
        pytest.skip("the tests do not lie in a repository")
    assert compare(["git:HEAD", "git:HEAD", "train=true", "format=json"]) == 0
    sections = {each["title"]: each for each in json.loads(capsys.readouterr().out)["sections"]}
    assert sections["Learning curve"]["told"][0].startswith("They are equal in all")
    assert "1000 of 1000 answers are equal" in sections["Test predictions"]["told"][0]
    assert not sections["Provenance"]["rows"]
