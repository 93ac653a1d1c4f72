"""`python -m harness.dev.trial mutations|families [--out results/audit]`: restartable, a row at a time."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import torch

from harness.dev.growing import Growing
from harness.dev.trial import families, mutations, table
from harness.records.store import write_text

Row = dict[str, Any]


def main(arguments: Sequence[str] | None = None) -> int:
    """Try what the CSV lacks, then write its summary in Markdown beside it."""
    parser = argparse.ArgumentParser(prog="python -m harness.dev.trial", description=__doc__)
    parser.add_argument("trial", choices=("mutations", "families"))
    parser.add_argument("--out", type=Path, default=Path("results/audit"))
    parser.add_argument("--threads", type=int, default=1)
    asked = parser.parse_args(arguments)
    torch.set_num_threads(asked.threads)
    if asked.trial == "mutations":
        grown = Growing(asked.out, asked.trial, mutations.COLUMNS, None)
        text = table.recall(_complete(grown, ("model", "rule"), mutations.mutate))
    else:
        grown = Growing(asked.out, asked.trial, families.COLUMNS, None)
        text = table.serious(_complete(grown, ("family", "method"), families.survey))
    write_text(grown.file.with_suffix(".md"), text + "\n")
    print(text)
    return 0


def _complete(grown: Growing, key: tuple[str, str], make: Callable[[set[tuple[str, str]]], Iterator[Row]]) -> list[Row]:
    """All rows: those that are known, and those that are missing, each kept as it comes."""
    rows: list[Row] = list(grown.earlier())
    for row in make({(each[key[0]], each[key[1]]) for each in rows}):
        rows.append({name: str(value) for name, value in row.items()})
        grown.keep(rows)
        print(f"{row[key[0]]} {row[key[1]]}: {row['outcome']} {row['serious']}", file=sys.stderr)
    grown.publish(rows)
    return rows


if __name__ == "__main__":
    sys.exit(main())
