"""A committed table is replaced by one that holds; a start that was stopped is gone on from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.dev import growing
from harness.dev.growing import Growing

FIELDS = ("family", "status")
ROW = {"family": "resnet", "status": "passed"}


def table(folder: Path) -> Growing:
    return Growing(folder, "families", FIELDS, "versions.json")


def versions(monkeypatch: pytest.MonkeyPatch, timm: str) -> None:
    monkeypatch.setattr(growing, "versions_of", lambda packages: {"timm": timm})


def test_rows_of_other_versions_stay_until_there_are_new_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    versions(monkeypatch, "1.0.30")
    table(tmp_path).publish([ROW])
    assert table(tmp_path).earlier() == [ROW]
    committed = table(tmp_path).file.read_bytes()

    versions(monkeypatch, "1.0.31")
    assert table(tmp_path).earlier() == []
    assert table(tmp_path).file.read_bytes() == committed
    half = [{**ROW, "status": "refused"}]
    table(tmp_path).keep(half)
    assert table(tmp_path).earlier() == half, "a second start goes on"
    assert table(tmp_path).file.read_bytes() == committed
    versions(monkeypatch, "1.0.30")
    assert table(tmp_path).earlier() == [ROW], "what is half made under other versions counts for nothing"

    versions(monkeypatch, "1.0.31")
    whole = [*half, {**ROW, "family": "vit"}]
    table(tmp_path).publish(whole)
    assert table(tmp_path).earlier() == whole
    assert sorted(path.name for path in tmp_path.iterdir()) == ["families.csv", "versions.json"]
    assert json.loads((tmp_path / "versions.json").read_text(encoding="utf-8")) == {"timm": "1.0.31"}
