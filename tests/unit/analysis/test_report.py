"""Tables as text, and the two renderings."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path

import pandas as pd
import pytest

from harness.analysis.answer import Answer, answer
from harness.analysis.figures import save
from harness.analysis.figures.save import save_figures
from harness.analysis.findings import Findings
from harness.analysis.report.columns import meaning
from harness.analysis.report.table import most_telling, table

from .synthetic import synthetic_runs, write_study


def test_numbers_are_rounded_and_settings_are_not() -> None:
    made = table(pd.DataFrame({"recipe.lr": [0.0003], "diff_mean": [-0.04], "verdict": [None], "baseline": [False]}))
    assert made is not None
    assert made.rows == [["0.0003", "0.0", "", ""]]
    assert [column.number for column in made.columns] == [True, True, False, False]


def test_a_tiny_p_value_is_not_zero() -> None:
    made = table(pd.DataFrame({"p_holm": [3e-16, 0.0312, None]}))
    assert made is not None
    assert made.rows == [["< 0.0001"], ["0.0312"], [""]]


def test_long_tables_say_what_they_leave_out() -> None:
    made = table(pd.DataFrame({"n": range(10)}), limit=4)
    assert made is not None
    assert (len(made.rows), made.left_out) == (4, 6)
    assert table(pd.DataFrame()) is None


def test_few_rows_are_those_of_the_largest_differences_one_of_each_place_first() -> None:
    frame = pd.DataFrame(
        {
            "backbone": ["a", "a", "a", "a", "b", "b"],
            "replicate": [0, 0, 0, 1, 0, 0],
            "diff_mean": [None, 9.0, 9.0, 20.0, -0.5, 0.1],
        }
    )
    assert list(most_telling(frame, 2).index) == [1, 4]
    assert list(most_telling(frame, 3).index) == [1, 4, 5]
    assert list(most_telling(frame.drop(columns="diff_mean"), 2).index) == [0, 1]
    assert len(most_telling(frame, 6)) == 6


def test_every_measured_column_of_every_table_is_explained(answered: Answer) -> None:
    settings = {"recipe.lr", "recipe.epochs"}
    for name, path in answered.paths.items():
        if name.endswith(".csv"):
            for column in pd.read_csv(path).columns:
                bound = column.removesuffix("_low").removesuffix("_high")
                assert meaning(bound) or meaning(column) or column in settings, (name, column)


def test_markdown_tables_have_as_many_cells_as_headings(answered: Answer) -> None:
    lines = answered.paths["report.md"].read_text().splitlines()
    tables = [line for line in lines if line.startswith("| ")]
    assert len(tables) > 50
    widths, above = set(), ""
    for line in lines:
        if line.startswith("| ") and above.startswith("| "):
            widths.add(line.count(" |") == above.count(" |"))
        above = line
    assert widths == {True}


def test_what_users_write_is_escaped(tmp_path: Path) -> None:
    records = synthetic_runs(seeds=1, rates=(1e-3,), epochs=(2,))
    claim = "<b>bold</b> & more"
    skipped = [{"cell": "creation=x", "reason": "a <tag>"}]
    page = answer(write_study(tmp_path, records, claim=claim, skipped=skipped)).paths["report.html"].read_text()
    assert "&lt;b&gt;bold&lt;/b&gt; &amp; more" in page
    assert "a &lt;tag&gt;" in page


def test_figures_leave_no_stale_files_and_no_global_state(found: Findings, tmp_path: Path) -> None:
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    (tmp_path / "forest.png").write_bytes(b"old")
    written = save_figures(found, tmp_path)
    assert not (tmp_path / "forest.png").exists()
    assert dict(mpl.rcParams) == before
    assert all(path.stat().st_size < 300_000 for path in written.values())


def test_a_figure_is_there_while_it_is_drawn_anew(
    found: Findings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two sweeps that end one study at once draw the same figures, and each reads what it finds."""
    first = save_figures(found, tmp_path)
    contents = {path: path.read_bytes() for path in first.values()}
    seen: list[bool] = []

    def watched(draw: Callable[[Findings], object]) -> Callable[[Findings], object]:
        @wraps(draw)
        def drawn(given: Findings) -> object:
            seen.append(all(path.read_bytes() == content for path, content in contents.items()))
            return draw(given)

        return drawn

    monkeypatch.setattr(save, "FIGURES", tuple(watched(draw) for draw in save.FIGURES))
    assert save_figures(found, tmp_path) == first
    assert len(seen) == len(save.FIGURES)
    assert all(seen)
    assert sorted(tmp_path.iterdir()) == sorted(first.values())
