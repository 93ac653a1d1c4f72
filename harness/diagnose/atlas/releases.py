"""What changed between two releases of a library, architecture by architecture."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.diagnose.atlas.row import Row

COMPARED = (
    "kind", "heads", "in_features", "pool", "default_classes", "create_law", "reset_law", "create_output",
    "reset_output", "reset_changes", "named_pool_changes", "traps",
)  # fmt: skip


@dataclass(frozen=True)
class ReleaseChange:
    """One column of one architecture that the two releases measure otherwise."""

    name: str
    family: str
    column: str
    before: str
    after: str


def compare(old: Mapping[str, Row], new: Mapping[str, Row]) -> list[ReleaseChange]:
    """Every change among the architectures that both releases hold; traps one by one, as gained or lost."""
    found: list[ReleaseChange] = []
    for name in sorted(old.keys() & new.keys()):
        before, after = old[name], new[name]
        for column in COMPARED:
            if column == "traps":
                found += _traps(before, after)
            elif before[column] != after[column]:
                found.append(ReleaseChange(name, after["family"], column, before[column], after[column]))
    return found


def _traps(before: Row, after: Row) -> list[ReleaseChange]:
    old, new = set(before["traps"].split()), set(after["traps"].split())
    gone = [ReleaseChange(after["name"], after["family"], "trap", trap, "") for trap in sorted(old - new)]
    come = [ReleaseChange(after["name"], after["family"], "trap", "", trap) for trap in sorted(new - old)]
    return gone + come


WAYS_COMPARED = ("head", "kind", "draw", "bias", "mode", "mean", "std", "side", "constants", "note")


def compare_ways(old: Sequence[Row], new: Sequence[Row]) -> list[ReleaseChange]:
    """The same for the table of ways under two releases; a column is named with its way."""
    after = {(row["way"], row["architecture"]): row for row in new}
    return [
        ReleaseChange(
            before["architecture"], before["family"], f"{before['way']}: {column}", before[column], now[column]
        )
        for before in old
        if (now := after.get((before["way"], before["architecture"])))
        for column in WAYS_COMPARED
        if before[column] != now[column]
    ]


@dataclass(frozen=True)
class Group:
    """The same change in several architectures."""

    column: str
    before: str
    after: str
    names: list[str]
    families: list[str]


def grouped(changes: Sequence[ReleaseChange]) -> list[Group]:
    """Changes with the same text in one line, the most frequent of each column first."""
    found: dict[tuple[str, str, str], list[ReleaseChange]] = defaultdict(list)
    for change in changes:
        found[change.column, change.before, change.after].append(change)
    groups = [
        Group(*key, [change.name for change in members], sorted({change.family for change in members}))
        for key, members in found.items()
    ]
    return sorted(groups, key=lambda group: (group.column, -len(group.names), group.before, group.after))
