"""A committed mini-sweep: its answer is rebuilt from the packed records alone, and is the committed one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest

from harness.analysis.answer import Answer, answer
from harness.records.archive import read_records
from harness.spec.identity import configuration_id, run_id
from harness.spec.spec import Spec

MINI = Path(__file__).parent / "mini"


@pytest.fixture(scope="module")
def rebuilt(tmp_path_factory: pytest.TempPathFactory) -> Answer:
    folder = tmp_path_factory.mktemp("golden") / "mini"
    folder.mkdir()
    for name in ("records.jsonl.xz", "predictions.npz", "study.json"):
        shutil.copy(MINI / name, folder / name)
    return answer(folder)


@pytest.mark.parametrize(
    "table", ["summary.csv", "best_lr.csv", "rivals.csv", "statistics.csv", "uncertainty.csv", "report.md"]
)
def test_the_answer_is_rebuilt_from_packed_records(rebuilt: Answer, table: str) -> None:
    assert rebuilt.paths[table].read_text() == (MINI / table).read_text()
    assert rebuilt.paths["report.html"].read_text().startswith("<!")
    assert any("12 runs in 4 configurations" in sentence for sentence in rebuilt.sentences)


def test_old_ids_stay_readable() -> None:
    for record in read_records(MINI):
        spec = Spec.model_validate(record["spec"])
        assert run_id(spec) == record["run_id"]
        assert configuration_id(spec) == record["cell_id"]


def test_two_methods_with_one_law_are_one_cell_twice() -> None:
    summary = pd.read_csv(MINI / "summary.csv")
    zeros = summary[summary["init"] == "zeros"]
    assert set(zeros["creation"]) == {"create_model", "swap_head"}
    assert zeros["top1_mean"].nunique() == 1
