"""`python -m harness.dev.trial mutations|families [--out results/audit]`: restartable, a row at a time."""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import torch

from harness.dev.trial import families, mutations, table

Row = dict[str, Any]


def main(arguments: Sequence[str] | None = None) -> int:
    """Go on where the CSV ends, then write its table in Markdown beside it."""
    parser = argparse.ArgumentParser(prog="python -m harness.dev.trial", description=__doc__)
    parser.add_argument("trial", choices=("mutations", "families"))
    parser.add_argument("--out", type=Path, default=Path("results/audit"))
    parser.add_argument("--threads", type=int, default=1)
    asked = parser.parse_args(arguments)
    torch.set_num_threads(asked.threads)
    file = asked.out / f"{asked.trial}.csv"
    if asked.trial == "mutations":
        rows = _extend(file, mutations.COLUMNS, ("model", "rule"), mutations.mutate)
        text = table.recall(rows)
    else:
        rows = _extend(file, families.COLUMNS, ("family", "method"), families.survey)
        text = table.serious(rows)
    file.with_suffix(".md").write_text(text + "\n", encoding="utf-8")
    print(text)
    return 0


def _extend(
    file: Path,
    columns: Sequence[str],
    key: tuple[str, str],
    make: Callable[[set[tuple[str, str]]], Iterator[Row]],
) -> list[Row]:
    """All rows: those that the file holds, and whatever is missing, appended as it comes."""
    rows: list[Row] = []
    if file.is_file():
        with file.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns, lineterminator="\n")
        if not rows:
            writer.writeheader()
        for row in make({(each[key[0]], each[key[1]]) for each in rows}):
            writer.writerow(row)
            stream.flush()
            rows.append({name: str(value) for name, value in row.items()})
            print(f"{row[key[0]]} {row[key[1]]}: {row['outcome']} {row['serious']}", file=sys.stderr)
    return rows


if __name__ == "__main__":
    sys.exit(main())
