"""What changed between two releases."""

from __future__ import annotations

from harness.diagnose.atlas.releases import COMPARED, compare, grouped

SAME = dict.fromkeys(COMPARED, "x") | {"family": "f"}


def test_changes_are_found_trap_by_trap_and_grouped() -> None:
    old = {name: SAME | {"name": name, "traps": "a b"} for name in ("one", "two", "gone")}
    new = {name: SAME | {"name": name, "traps": "b c", "create_law": "y"} for name in ("one", "two", "added")}
    changes = compare(old, new)
    assert {change.name for change in changes} == {"one", "two"}
    assert [(group.column, group.before, group.after, group.names) for group in grouped(changes)] == [
        ("create_law", "x", "y", ["one", "two"]),
        ("trap", "", "c", ["one", "two"]),
        ("trap", "a", "", ["one", "two"]),
    ]


def test_the_same_release_has_no_changes() -> None:
    rows = {"one": SAME | {"name": "one", "traps": "a"}}
    assert compare(rows, rows) == []
