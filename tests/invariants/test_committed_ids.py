"""Every committed record keeps its ids: what was trained once is found again by the code of today."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.records.archive import RECORDS, read_records
from harness.spec.identity import identify
from harness.spec.spec import Spec

ROOT = Path(__file__).parents[2]
STUDIES = sorted(path.parent for place in ("results", "tests/golden") for path in (ROOT / place).glob(f"**/{RECORDS}"))


@pytest.mark.parametrize("study", STUDIES, ids=lambda study: study.relative_to(ROOT).as_posix())
def test_ids_of_committed_records_are_what_they_were(study: Path) -> None:
    records = read_records(study)
    assert records
    wrong = {
        record["run_id"]: found
        for record in records
        if (found := identify(Spec.model_validate(record["spec"]))) != (record["run_id"], record["cell_id"])
    }
    assert not wrong, f"{len(wrong)} of {len(records)} records have other ids today: {list(wrong.items())[:3]}"
