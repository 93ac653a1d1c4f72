"""The committed reports: each opens with few true lines and one picture, and is short."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest

from harness.analysis.first_screen.compose import MOST
from tests.committed import RESULTS, committed

REPORTS = sorted(path.relative_to(RESULTS) for path in RESULTS.rglob("report.md")) if RESULTS.is_dir() else []
LONGEST = 300
"""Lines of a Markdown report."""


def _lines(report: Path) -> list[str]:
    """What stands between the title and the first picture, or what is folded."""
    top = re.split(r"^(?:!\[|<details |> )", report.read_text(encoding="utf-8"), maxsplit=1, flags=re.MULTILINE)[0]
    return re.findall(r"^- (.+)$", top, re.MULTILINE)


def _of(report: Path) -> tuple[str, int, str] | None:
    """The architecture, the number of classes and the line that a report advises for it."""
    lines = _lines(report)
    fix = re.fullmatch(r"Fix: after creating the model, `(.+)`", lines[-1])
    of = re.search(r"`create_model\(num_classes=(\d+)\)`.* seeds?\)[^.]*\. (\w+) on ", lines[0])
    return (of[2], int(of[1]), fix[1]) if fix and of else None


def test_there_are_reports() -> None:
    committed()
    assert len(REPORTS) > 30


@pytest.mark.parametrize("name", REPORTS, ids=str)
def test_a_report_opens_with_few_lines_and_is_short(name: Path) -> None:
    report = committed(str(name))
    text = report.read_text(encoding="utf-8")
    lines = _lines(report)
    assert 2 <= len(lines) <= MOST
    assert all(len(line) < 420 and not re.search(r"\bnats\b|Holm|\bnan\b", line) for line in lines)
    assert len(text.splitlines()) < LONGEST
    assert text.count("<details ") == text.count("</details>") > 1
    for table in re.findall(r"All rows: `(\w+\.csv)`", text):
        assert (report.parent / table).is_file()


@pytest.mark.parametrize("name", REPORTS, ids=str)
def test_the_first_picture_is_small_and_answers_to_dark_pages(name: Path) -> None:
    report = committed(str(name))
    picture = re.search(r"!\[[^\]]*\]\(([^)]+)\)", report.read_text(encoding="utf-8"))
    if picture is None:
        pytest.skip("the records have no data for any figure")
    drawing = (report.parent / picture[1]).read_text(encoding="utf-8")
    ElementTree.fromstring(drawing)
    assert drawing.count("@media (prefers-color-scheme: dark)") == 1


def test_the_accuracies_told_are_those_of_the_summary() -> None:
    """Of all studies of two methods whose summary has both."""
    seen = 0
    for name in REPORTS:
        report = committed(str(name))
        numbers = re.match(
            r"Test accuracy ([\d.]+) % with .*, ([\d.]+) % with .*: ([\d.]+) points (more|less)", _lines(report)[0]
        )
        if numbers is None or name.parts[-2].startswith("by_"):
            continue
        summary = pd.read_csv(report.parent / "summary.csv")
        difference = float(numbers[3]) * (1 if numbers[4] == "more" else -1)
        near = summary[(summary["diff_mean"] - difference).abs() < 0.0501]
        assert ((near["top1_mean"] - float(numbers[2])).abs() < 0.0501).any(), name
        assert ((summary["top1_mean"] - float(numbers[1])).abs() < 0.0501).any(), name
        seen += 1
    assert seen > 20


@pytest.mark.parametrize(
    "fix", sorted({fix for name in REPORTS if (fix := _of(RESULTS / name))}), ids=lambda fix: f"{fix[0]}-{fix[1]}"
)
def test_the_fix_runs_on_its_model(fix: tuple[str, int, str]) -> None:
    import timm
    import torch

    architecture, classes, line = fix
    model = timm.create_model(architecture, num_classes=classes).eval()
    before = model.get_classifier().weight.clone()
    exec(line, {"model": model, "torch": torch})
    assert model.get_classifier().weight.shape == before.shape
    assert not torch.equal(model.get_classifier().weight, before)
    assert model(torch.zeros(1, 3, 64, 64)).shape == (1, classes)
