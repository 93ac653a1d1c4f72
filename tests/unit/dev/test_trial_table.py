"""The audit's trial goes on where it was stopped, and replaces its table only when all of it is known."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.dev.growing import Growing
from harness.dev.trial.__main__ import _complete

COLUMNS = ("model", "rule", "outcome", "serious")
KEY = ("model", "rule")


def _rows(*names: str) -> list[dict[str, Any]]:
    return [{"model": name, "rule": "delete", "outcome": "found", "serious": ""} for name in names]


def test_a_stopped_trial_leaves_the_committed_table_and_is_taken_up(tmp_path: Path) -> None:
    Growing(tmp_path, "mutations", COLUMNS, None).publish(_rows("a"))
    committed = (tmp_path / "mutations.csv").read_bytes()

    def stopped(known: set[tuple[str, str]]) -> Iterator[dict[str, Any]]:
        yield from _rows("b")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _complete(Growing(tmp_path, "mutations", COLUMNS, None), KEY, stopped)
    assert (tmp_path / "mutations.csv").read_bytes() == committed

    def rest(known: set[tuple[str, str]]) -> Iterator[dict[str, Any]]:
        assert known == {("a", "delete"), ("b", "delete")}
        yield from _rows("c")

    rows = _complete(Growing(tmp_path, "mutations", COLUMNS, None), KEY, rest)
    assert [row["model"] for row in rows] == ["a", "b", "c"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mutations.csv"]
    assert len((tmp_path / "mutations.csv").read_text(encoding="utf-8").splitlines()) == 4
