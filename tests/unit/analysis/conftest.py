"""The synthetic study, analysed once for all tests."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from harness.analysis.answer import Answer, answer
from harness.analysis.findings import Findings, find
from harness.analysis.study import read_study, select
from harness.records.archive import read_records

from .synthetic import synthetic_runs, write_study


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A map of two backbones, three learning rates and two lengths, with null pairs."""
    return write_study(tmp_path_factory.mktemp("synthetic"), synthetic_runs(), historical=[63, 75])


@pytest.fixture(scope="session")
def answered(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Answer:
    """The answer, written beside the study rather than into it."""
    return answer(folder, tmp_path_factory.mktemp("target"))


@pytest.fixture(scope="session")
def found(folder: Path) -> Findings:
    """The tables behind the answer."""
    study = read_study(folder)
    return find(study, select(study, read_records(folder)))


@pytest.fixture
def summary(answered: Answer) -> pd.DataFrame:
    """The summary as a reader of the file has it."""
    return pd.read_csv(answered.paths["summary.csv"], keep_default_na=False, na_values=[""])
