"""The recipe nearest to the reported pair is chosen by validation alone."""

from __future__ import annotations

from typing import Any

import pytest

from harness.analysis.findings import Findings, find
from harness.analysis.study import AnalysedStudy

from .synthetic import record, spec


def runs(epochs: int, val: tuple[float, float], test: tuple[float, float], seeds: int = 8) -> list[dict[str, Any]]:
    """Both methods under one recipe."""
    found = []
    for creation, on_val, on_test in zip(("create_model", "swap_head"), val, test, strict=True):
        for seed in range(seeds):
            metrics = {"top1": on_test + seed % 2, "val_top1": on_val, "val_loss": 1.0, "steps": 10}
            content = spec(creation=creation, recipe__epochs=epochs, seed=seed)
            found.append(record(content, on_test, seed, metrics=metrics).as_json())
    return found


STUDY = AnalysedStudy("made", baseline={"creation": "create_model"}, historical=(77, 94))


def test_nearest_by_validation_even_where_test_is_far() -> None:
    found = find(STUDY, runs(1, (76, 93), (50, 60)) + runs(2, (60, 80), (77, 94)) + runs(3, (77, 94), (1, 2), seeds=2))
    table = found.historical
    assert table["recipe.epochs"].tolist() == [1, 2, 3]  # the last has too few pairs to come first
    assert table["nearest"].tolist() == [True, False, False]
    assert table["distance"].iloc[0] == pytest.approx(2**0.5)
    assert table.loc[0, ["top1_create_model", "top1_swap_head", "diff_mean"]].tolist() == [50.5, 60.5, 10]


def test_every_recipe_tried_is_listed(found: Findings) -> None:
    assert len(found.historical) == 2 * 3 * 2
    first = found.historical.iloc[0]
    assert (first["backbone"], first["recipe.lr"], first["recipe.epochs"]) == ("test_efficientnet", 1e-3, 2)
