"""What a cut by image adds is told for each method and for the gap, and the page says what was found."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from harness.dev.leakage import ALL, FIRST, SECOND, answers
from tests.committed import committed

PAGE = (Path(__file__).parents[3] / "docs" / "medical.md").read_text(encoding="utf-8")


def runs(inflation: float, to_gap: float) -> pd.DataFrame:
    """Accuracies of which the cut by image adds so much to both methods, and so much more to the second."""
    random = np.random.default_rng(0)
    return pd.DataFrame(
        {"backbone": "a", "lr": lr, "epochs": 5, "creation": creation, "cut": cut, "seed": seed}
        | {"validation": base + (cut == "image") * (inflation + to_gap * (creation == SECOND)) + random.normal(0, 1)}
        | {"test": base + random.normal(0, 1)}
        for lr in (1e-3, 1e-2)
        for creation, base in ((FIRST, 70), (SECOND, 90))
        for cut in ("image", "patient")
        for seed in range(32)
    )


@pytest.mark.parametrize(("inflation", "to_gap"), [(0.0, 0.0), (5.0, 0.0), (0.0, 5.0)])
def test_what_a_cut_adds_is_found_where_it_is(inflation: float, to_gap: float) -> None:
    told = {(row["lr"], row["measure"], row["of"]): row for row in answers(runs(inflation, to_gap))}
    assert len(told) == 3 * 2 * 3
    for of, true in ((FIRST, inflation), (SECOND, inflation + to_gap), ("gap", to_gap)):
        found = told[ALL, "validation", of]
        assert float(found["low"]) < true < float(found["high"])
        assert float(found["high"]) - float(found["low"]) < 1.5
        tested = told[ALL, "test", of]
        assert float(tested["low"]) < 0 < float(tested["high"])


def test_the_page_says_what_the_table_holds() -> None:
    with committed("leakage", "leakage.csv").open(encoding="utf-8", newline="") as stream:
        held = {row["of"]: row for row in csv.DictReader(stream) if (row["lr"], row["measure"]) == (ALL, "validation")}
    shown = re.findall(r"^\| (create_model|swap_head|gap) \| (.*) \|$", PAGE, re.MULTILINE)
    assert [name for name, _ in shown] == list(held)
    for name, cells in shown:
        row = held[name]
        assert cells == f"{row['by_image']} | {row['by_patient']} | {row['added']} [{row['low']}, {row['high']}]"
