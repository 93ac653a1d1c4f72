"""What became of the combinations, in a file that a second start goes on from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from harness.dev.growing import Growing
from harness.dev.matrix.axes import Combination
from harness.dev.matrix.trial import BROKEN


class MatrixTable:
    """`known` holds status and reason of each combination tried under the library versions of today, and not broken."""

    def __init__(self, folder: Path, name: str) -> None:
        self._rows = Growing(folder, name, (*Combination.__dataclass_fields__, "status", "reason"), f"{name}.json")
        self.known: dict[Combination, tuple[str, str]] = {}
        for row in self._rows.earlier():
            status, reason = row.pop("status"), row.pop("reason")
            if status != BROKEN:  # tried again: what broke may have been mended
                self.known[Combination(**row)] = (status, reason)

    def add(self, combination: Combination, status: str, reason: str) -> None:
        """Keep what became of one combination."""
        self.known[combination] = (status, reason)

    def write(self) -> None:
        """Keep the whole table, sorted, beside the committed one."""
        self._rows.keep(self._sorted())

    def publish(self) -> Path:
        """Put the whole table in the place of the committed one; returns where that is."""
        self._rows.publish(self._sorted())
        return self._rows.file

    def _sorted(self) -> Iterator[dict[str, str]]:
        for combination, (status, reason) in sorted(self.known.items()):
            yield {**combination.as_row(), "status": status, "reason": reason}
