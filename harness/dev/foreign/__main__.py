"""`python -m harness.dev.foreign [--half PART] [NAME ...]`: all, or a whole part, write results/foreign_faults/."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from harness.dev.foreign import table
from harness.dev.foreign.trial import COLUMNS, judged, parts, reports
from harness.dev.publish import as_csv
from harness.records.store import write_text


def main(arguments: Sequence[str] | None = None) -> int:
    """Judge the reports asked for; a run over all of them or over a whole part writes a CSV and its summary."""
    parser = argparse.ArgumentParser(prog="python -m harness.dev.foreign", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--half", choices=("seen", "held-out", "later", "latest"))
    parser.add_argument("--out", type=Path, default=Path("results/foreign_faults"))
    asked = parser.parse_args(arguments)
    every = reports()
    halves = parts()
    wanted = [
        name for name, part in halves.items()
        if (not asked.half or part == asked.half.replace("-", " ")) and (not asked.names or name in asked.names)
    ]  # fmt: skip
    rows = []
    for name in wanted:
        rows.append(judged(every[name], halves[name]))
        print(f"{name}: found {rows[-1]['found']} {rows[-1]['finding']} (twin: {rows[-1]['twin']})", file=sys.stderr)
    text = table.summary(rows)
    if not asked.names:
        stem = asked.half or "reports"
        write_text(asked.out / f"{stem}.csv", as_csv(COLUMNS, rows))
        write_text(asked.out / f"{stem}.md", text + "\n")
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
