"""How models begin under several releases: the constants they hold, and what differs between two releases."""

from __future__ import annotations

import csv
from pathlib import Path

import timm
from torch import nn

from harness.dev.releases import constants, representatives
from harness.diagnose.atlas.page import BY_RELEASE, publish
from harness.diagnose.atlas.table import write
from harness.diagnose.atlas.ways import COLUMNS
from tests.committed import committed


def test_constants_are_told_but_for_the_usual_ones() -> None:
    model = timm.create_model("test_vit", init_values=1e-5)
    assert "gamma 1e-05 x " in constants(model)
    nn.init.zeros_(model.blocks[0].norm1.weight)
    assert "weight 0 x 1" in constants(model)
    assert constants(nn.Sequential(nn.BatchNorm2d(3), nn.Linear(3, 2))) == ""


def test_the_first_of_each_family_stands_for_it() -> None:
    chosen = representatives()
    families = [each.family for each in chosen]
    assert len(families) == len(set(families)) > 30
    assert chosen[0].timm == "beit_base_patch16_224"


def test_what_differs_between_releases_is_written_beside_the_page(tmp_path: Path) -> None:
    same = dict.fromkeys(COLUMNS, "x") | {"way": "timm create_model", "library": "timm", "architecture": "vit"}
    old = same | {"version": "1.0.9", "constants": "gamma 1 x 24"}
    new = same | {"version": "1.0.31", "constants": "gamma 1e-05 x 24"}
    gone = old | {"architecture": "gone"}
    write(tmp_path / BY_RELEASE, [old, gone, new])
    page = publish(tmp_path).read_text(encoding="utf-8")
    with (tmp_path / "releases.csv").open(encoding="utf-8", newline="") as stream:
        [row] = csv.DictReader(stream)
    assert (row["from"], row["to"], row["name"]) == ("timm-1.0.9", "timm-1.0.31", "vit")
    assert (row["column"], row["before"]) == ("timm create_model: constants", "gamma 1 x 24")
    assert "1 architectures measured in both" in page


def test_the_committed_table_shows_the_layer_scale_of_timm_1_0_21() -> None:
    """LayerScale's initial values were ignored in that release, and are not in the next ones."""
    with committed("atlas", "releases.csv").open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["from"] == "timm-1.0.21"]
    shown = {row["name"]: (row["before"], row["after"]) for row in rows if row["column"].endswith("constants")}
    assert shown["vit_small_patch14_dinov2"] == ("gamma 1 x 24", "gamma 1e-05 x 24")
