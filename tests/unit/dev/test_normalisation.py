"""What another mean and deviation costs: the runs differ in that alone, and the page says what the tables hold."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from statistics import mean

import pytest

from harness.dev.normalisation import CHOICES, RECIPE, SEEDS, by_another
from harness.records.record import Record
from harness.spec.packaged import TABLE
from harness.spec.spec import Spec
from tests.committed import committed

PAGE = (Path(__file__).parents[3] / "docs" / "weights.md").read_text(encoding="utf-8")
SETS = ("digits", "flowers5")
Row = dict[str, str]


def rows(name: str) -> list[Row]:
    with committed("normalisation", f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_a_run_normalised_as_trained_is_the_run_and_any_other_is_not(
    quick: Callable[..., Spec], trained: Callable[[Spec], Record]
) -> None:
    spec = quick(transfer={"name": "linear_probe"}, creation={"name": "swap_head"})
    assert by_another(spec, "as trained") == trained(spec).metrics["top1"]


def test_what_is_chosen_reaches_every_image(
    quick: Callable[..., Spec], trained: Callable[[Spec], Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Blind to its images, a probe guesses."""
    spec = quick(transfer={"name": "linear_probe"}, creation={"name": "swap_head"}, recipe={"lr": 1e-2, "epochs": 3})
    monkeypatch.setitem(CHOICES, "blind", {"mean": (0.5,) * 3, "std": (1e6,) * 3})
    assert by_another(spec, "blind") < trained(spec).metrics["top1"] / 2


def test_the_tables_hold_every_network_data_set_and_seed_once() -> None:
    expected = {
        (known.architecture, data, choice, str(seed))
        for known in TABLE
        for data in SETS
        for choice in CHOICES
        for seed in SEEDS
    }
    found = [(row["network"], row["data"], row["normalisation"], row["seed"]) for row in rows("probes")]
    assert len(found) == len(expected)
    assert set(found) == expected
    named = [(row["network"], row["normalisation"]) for row in rows("daisies")]
    assert sorted(named) == sorted((known.architecture, choice) for known in TABLE for choice in CHOICES)


def top1(network: str, data: str, choice: str) -> float:
    """Mean over the seeds."""
    named = {"network": network, "data": data, "normalisation": choice}
    return mean(float(row["top1"]) for row in rows("probes") if named.items() <= row.items())


def counts(choice: str, column: str) -> list[int]:
    return [int(row[column]) for row in rows("daisies") if row["normalisation"] == choice]


def test_the_page_shows_the_tables() -> None:
    for known in TABLE:
        daisies = [row for row in rows("daisies") if row["network"] == known.architecture]
        cells = [f"{100 * int(row['called_daisy']) / int(row['daisies']):.1f}" for row in daisies]
        cells += [f"{top1(known.architecture, data, choice):.1f}" for data in SETS for choice in CHOICES]
        assert f"| `{known.architecture}` | {' | '.join(cells)} |" in PAGE
    assert "`python -m harness.dev.normalisation`" in PAGE


def test_the_page_says_what_follows_from_them() -> None:
    right, half, wrong = (counts(choice, "called_daisy") for choice in CHOICES)
    assert sum(abs(one - other) for one, other in zip(right, half, strict=True)) == 1
    assert {round((one - other) / 2.75) for one, other in zip(right, wrong, strict=True)} == {8, 9}
    losses = [
        top1(known.architecture, data, "as trained") - top1(known.architecture, data, "imagenet")
        for known in TABLE
        for data in SETS
    ]
    assert sorted(round(loss) for loss in losses) == [0, 0, 0, 1, 2, 3]
    for known in TABLE:
        for data in SETS:
            assert abs(top1(known.architecture, data, "half") - top1(known.architecture, data, "as trained")) < 1
    others = counts("as trained", "others_called_daisy")
    assert (min(others), max(others), set(counts("as trained", "others"))) == (43, 54, {220})
    assert RECIPE == {"optimizer": "adamw", "lr": 3e-3, "epochs": 5, "batch_size": 32}
