"""Where findings are written: in place of the earlier ones when they hold, and beside them when they do not.

Every file is replaced as a whole: a reader, or a crash, meets the old one or the new one, never half of either.
"""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from harness.records.store import write_text, written

FAILED, PARTIAL = "failed", "partial"


def publish(path: Path, told: Any, faults: Sequence[str] = ()) -> int:
    """Write findings as JSON; returns the exit code, 0 where there are no `faults`.

    With faults, each is printed to stderr, what `path` holds stays, and the findings go to `NAME.failed.json` beside
    it. Findings that hold take such a file away, and either takes away those that `keep` wrote.

    Raises:
        StorageError: it cannot be written; what was there still is.
    """
    place = beside(path, FAILED) if faults else path
    write_text(place, _as_json(told))
    beside(path, PARTIAL).unlink(missing_ok=True)
    if not faults:
        beside(path, FAILED).unlink(missing_ok=True)
        return 0
    for fault in faults:
        print(f"does not hold: {fault}", file=sys.stderr)
    stays = "stays as it was" if path.exists() else "is not written"
    print(f"{path} {stays}; the findings are in {place}", file=sys.stderr, flush=True)
    return 1


def keep(path: Path, told: Any) -> None:
    """Write what has been measured so far to `NAME.partial.json` beside `path`, whatever comes."""
    write_text(beside(path, PARTIAL), _as_json(told))


def as_csv(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """Rows as CSV with a header, one line each; a column that a row lacks is empty."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def draw(path: Path, figure: Figure, dpi: int = 150) -> None:
    """Write a figure in the format that the name of the file ends with, undated."""
    form = path.suffix.removeprefix(".")
    with written(path) as stream:
        figure.savefig(stream, format=form, dpi=dpi, metadata={"Date": None} if form == "svg" else None)


def beside(path: Path, kind: str) -> Path:
    """`NAME.KIND.json` for `NAME.json`; such files are not committed."""
    return path.with_name(f"{path.stem}.{kind}{path.suffix}")


def _as_json(told: Any) -> str:
    return json.dumps(told, indent=1) + "\n"
