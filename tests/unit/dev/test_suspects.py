"""What audit and explain say of the suspects of timm issue 691 is what was committed before the runs."""

from __future__ import annotations

import csv

from harness.dev.suspects import methods, row
from tests.committed import committed


def test_the_committed_table_is_told_again() -> None:
    with committed("timm_691", "foretold.csv").open(encoding="utf-8", newline="") as stream:
        kept = {entry["arm"]: entry for entry in csv.DictReader(stream)}
    found = methods()
    assert list(found) == list(kept)
    baseline = found["32 px: baseline"]
    for name in ("32 px: baseline", "32 px: creation.name=create_model", "32 px: weights.mean_std=half"):
        again = row(name, found[name], baseline)
        assert {key: again[key] for key in ("audit", "explain")} == {
            key: kept[name][key] for key in ("audit", "explain")
        }
