"""The sample holds every pair, and the committed table says of each combination that it works or why not."""

from __future__ import annotations

import csv
from itertools import combinations, product

from harness.dev.matrix.axes import axes, covering
from tests.committed import committed


def test_every_pair_of_values_occurs() -> None:
    rows = [combination.as_row() for combination in covering()]
    for (one, values), (other, others) in combinations(axes().items(), 2):
        assert {(combination[one], combination[other]) for combination in rows} == set(product(values, others))


def test_the_committed_sample_is_whole_and_nothing_in_it_broke() -> None:
    """A value that is new has to be tried: `python -m harness.dev.matrix`."""
    with committed("conformance", "covering.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    for (one, values), (other, others) in combinations(axes().items(), 2):
        assert {(row[one], row[other]) for row in rows} >= set(product(values, others))
    assert {row["status"] for row in rows} == {"passed", "refused"}
    assert all(row["reason"] for row in rows if row["status"] == "refused")
