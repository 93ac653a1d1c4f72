"""The bundled weights are small, described, and worth having."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from harness.dev.upstream.loop import SETTINGS
from harness.model.weights.bundled import OVERLAY
from harness.spec.paths import FOLDER, bundled_file, bundled_names
from tests.committed import committed

POINTS = 25.0


def test_every_setting_has_its_weights_and_they_are_small() -> None:
    assert set(bundled_names()) == set(SETTINGS)
    assert sum(file.stat().st_size for file in FOLDER.iterdir()) < 8_000_000


@pytest.mark.parametrize("name", bundled_names())
def test_the_card_says_how_they_were_made(name: str) -> None:
    card = json.loads(bundled_file(name).with_suffix(".json").read_text(encoding="utf-8"))
    assert {*OVERLAY, "structure", "training", "held_out_top1"} <= set(card)
    assert card["training"]["lr"] == SETTINGS[name].lr
    assert card["training"]["epochs"] == SETTINGS[name].epochs
    assert card["held_out_top1"] > 10 * 100 / card["num_classes"]


@pytest.mark.parametrize("name", bundled_names())
def test_pretraining_helps_on_a_task_that_it_has_not_seen(name: str) -> None:
    table = pd.read_csv(committed("upstream.csv"))
    rows = table[(table["backbone"] == name) & table["target"].str.startswith("made")]
    assert len(rows) >= 3
    assert (rows["difference"] >= POINTS).all()
    assert (rows["pretrained_top1"] - rows["scratch_top1"]).to_numpy() == pytest.approx(rows["difference"].to_numpy())
