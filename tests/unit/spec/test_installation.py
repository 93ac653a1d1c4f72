"""What was found out once is kept for one state of the installation."""

from __future__ import annotations

from pathlib import Path

import pytest

import harness
from harness.spec.installation import installation


def test_a_changed_line_is_another_state_and_a_compiled_file_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python writes `name.pyc.NUMBER` and renames it, whoever looks on."""
    (tmp_path / "__pycache__").mkdir()
    module = tmp_path / "__init__.py"
    module.write_text("")
    monkeypatch.setattr(harness, "__file__", str(module))
    state = installation.__wrapped__
    before = state("torch")
    (tmp_path / "__pycache__" / "module.cpython-311.pyc.139624").write_bytes(b"half")
    assert state("torch") == before
    module.write_text("changed = True\n")
    assert state("torch") != before


def test_a_library_is_part_of_it() -> None:
    assert installation("torch") != installation("numpy") != installation()
    assert installation("no such library") == installation("no such library")
