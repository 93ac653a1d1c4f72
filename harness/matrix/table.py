"""What became of the combinations, in a file that a second start goes on from."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

from harness.matrix.axes import Cell
from harness.matrix.trial import BROKEN
from harness.records.provenance import surroundings
from harness.records.store import write_text

LIBRARIES = ("torch", "torchvision", "timm")


class Table:
    """`known` holds status and reason of each combination tried under the library versions of today, and not broken."""

    def __init__(self, folder: Path, name: str) -> None:
        self.file, self._stamp = folder / f"{name}.csv", folder / f"{name}.json"
        self.known: dict[Cell, tuple[str, str]] = {}
        now = {name: version for name, version in surroundings()["versions"].items() if name in LIBRARIES}
        if self._stamp.is_file() and json.loads(self._stamp.read_text(encoding="utf-8")) == now and self.file.is_file():
            with self.file.open(encoding="utf-8", newline="") as stream:
                for row in csv.DictReader(stream):
                    status, reason = row.pop("status"), row.pop("reason")
                    if status != BROKEN:  # tried again: what broke may have been mended
                        self.known[Cell(**row)] = (status, reason)
        else:
            write_text(self._stamp, json.dumps(now, indent=1) + "\n")

    def add(self, cell: Cell, status: str, reason: str) -> None:
        """Keep what became of one combination."""
        self.known[cell] = (status, reason)

    def write(self) -> None:
        """Write the whole table, sorted, in one piece."""
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow([*Cell.__dataclass_fields__, "status", "reason"])
        writer.writerows([*cell.as_row().values(), *outcome] for cell, outcome in sorted(self.known.items()))
        write_text(self.file, text.getvalue())
