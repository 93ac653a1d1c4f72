"""One criterion for a difference: tables, map, forest and sentences count the same cells."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgba
from matplotlib.text import Text

from harness.analysis.answer import Answer, answer
from harness.analysis.figures.differences import forest, response_map
from harness.analysis.figures.style import GREY
from harness.analysis.findings import Findings, find
from harness.analysis.statistics import judge, verdicts
from harness.analysis.study import read_study
from harness.records.archive import read_records

from .synthetic import record, spec, write_study

RATES = tuple(1e-4 * 2**step for step in range(10))
WOBBLE = (3.0, -3.0, 2.0, -2.0, 3.0, -3.0, 2.0, -2.0)
GAPS = {RATES[0]: 12.0, RATES[1]: 9.0, RATES[4]: 2.4}
"""Two clear gaps, and one whose interval excludes zero by itself alone."""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Answer, Findings]:
    records = [
        record(
            spec(creation=creation, recipe__lr=lr, seed=seed),
            60 + (creation == "swap_head") * (WOBBLE[seed] + GAPS.get(lr, 0.0)),
            seed,
        )
        for lr in RATES
        for seed in range(8)
        for creation in ("create_model", "swap_head")
    ]
    folder: Path = write_study(tmp_path_factory.mktemp("criterion"), records)
    study = read_study(folder)
    found = find(study, read_records(folder))
    assert found is not None
    return answer(folder), found


def test_every_place_counts_the_same_cells(told: tuple[Answer, Findings]) -> None:
    found, findings = told
    different = int((found.summary["verdict"] == "different").sum())
    assert different == 2
    assert int((found.summary["verdict_alone"] == "different").sum()) == 3
    text = "\n".join(found.sentences)
    assert f"swap_head beats create_model in {different} of {len(RATES)} configurations" in text
    figure = response_map(findings)
    assert figure is not None
    marks = [each.get_text()[-1] for each in figure.findobj(Text) if re.fullmatch(r"[+-][0-9.]+[*°]?", each.get_text())]
    assert [marks.count(mark) for mark in "*°"] == [different, 1]
    figure = forest(findings)
    assert figure is not None
    lines = [line for line in figure.axes[0].lines if line.get_linewidth() == 2]
    assert sum(to_rgba(line.get_color()) != to_rgba(GREY) for line in lines) == different


def test_each_report_names_the_criterion(told: tuple[Answer, Findings]) -> None:
    for name in ("report.md", "report.html"):
        content = told[0].paths[name].read_text()
        assert content.count("it survives Holm") == 1
        assert "wherever its interval excludes zero" not in content


def test_the_table_says_what_the_interval_alone_would() -> None:
    table = pd.DataFrame({"n": 8, "low": [0.1, 2.0, 0.2], "high": [5.0, 3.0, 0.6], "p": [0.03, 1e-4, 0.04]})
    judged = judge(table, 1.0, "holm")
    assert judged["verdict"].tolist() == ["undecided", "different", "equivalent"]
    assert judged["verdict_alone"].tolist() == ["different"] * 3
    assert judged["p_holm"].tolist() == pytest.approx([0.06, 3e-4, 0.06])
    apart = judge(table, 1.0, "holm", members=pd.Series([False, True, False]))
    assert apart["verdict"].tolist() == ["different"] * 3


def test_a_corrected_p_value_takes_part_in_the_verdict() -> None:
    n, low, high = np.full(3, 8.0), np.full(3, 0.2), np.full(3, 0.6)
    corrected = np.array([0.049, 0.05, np.nan])
    assert verdicts(n, low, high, 1.0, corrected).tolist() == ["different", "equivalent", "different"]
