"""A committed result is replaced by one that holds, and by nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.dev.publish import keep, publish
from harness.spec.errors import StorageError


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_what_does_not_hold_replaces_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "proof.json"
    assert publish(path, {"runs": 20}) == 0
    keep(path, {"runs": 10})
    assert publish(path, {"runs": 19}, ["ray: 19 records of 20"]) == 1
    assert json.loads(path.read_text(encoding="utf-8")) == {"runs": 20}
    assert names(tmp_path) == ["proof.failed.json", "proof.json"]
    assert json.loads((tmp_path / "proof.failed.json").read_text(encoding="utf-8")) == {"runs": 19}
    said = capsys.readouterr().err
    assert "does not hold: ray: 19 records of 20\n" in said
    assert "proof.json stays as it was; the findings are in" in said
    assert publish(path, {"runs": 21}) == 0
    assert names(tmp_path) == ["proof.json"]


def test_without_an_earlier_one_none_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert publish(tmp_path / "new" / "proof.json", {}, ["nothing works"]) == 1
    assert names(tmp_path / "new") == ["proof.failed.json"]
    assert "proof.json is not written" in capsys.readouterr().err


def test_what_is_no_json_replaces_nothing(tmp_path: Path) -> None:
    path = tmp_path / "proof.json"
    publish(path, {})
    with pytest.raises(TypeError):
        publish(path, {"path": path})
    assert path.read_text(encoding="utf-8") == "{}\n"


def test_where_it_cannot_be_written_it_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="cannot be written"):
        publish(tmp_path / "file" / "proof.json", {})
