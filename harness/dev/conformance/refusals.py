"""The refusals that were reviewed by hand, and those that were not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from omegaconf import OmegaConf

FILE = Path(__file__).with_name("refusals.yaml")
EVERY = "every"
NOT_BUILT = ("refused", "skipped")

Row = Mapping[str, str]


@dataclass(frozen=True)
class Refusal:
    """Methods that do not build on some families of a library, all for a reason that contains `reason`.

    `methods` and `families` hold the word `every`, or names.
    """

    library: str
    methods: tuple[str, ...]
    families: tuple[str, ...]
    reason: str

    def covers(self, row: Row) -> bool:
        """Whether a row of the table is one of these, whatever its status."""
        return (
            row["library"] == self.library
            and (self.methods == (EVERY,) or row["creation"] in self.methods)
            and (self.families == (EVERY,) or row["family"] in self.families)
        )


@cache
def reviewed() -> tuple[Refusal, ...]:
    """The committed list."""
    entries = OmegaConf.to_container(OmegaConf.load(FILE))
    assert isinstance(entries, list)
    return tuple(
        Refusal(entry["library"], tuple(entry["methods"].split()), tuple(entry["families"].split()), entry["reason"])
        for entry in entries
    )


def unreviewed(rows: Iterable[Row]) -> Iterator[str]:
    """One line for each row of the table that is refused and not in the list, in it for another reason, or in it and
    not refused any more."""
    for row in rows:
        where = f"{row['library']} {row['family']} {row['creation']}"
        entries = [entry for entry in reviewed() if entry.covers(row)]
        if row["status"] not in NOT_BUILT:
            if entries:
                yield f"{where}: {row['status']}, though the list has it refused ({entries[0].reason})"
        elif not any(entry.reason in row["reason"] for entry in entries):
            yield f"{where}: {row['status']} for a reason that is not in the list: {row['reason']}"
