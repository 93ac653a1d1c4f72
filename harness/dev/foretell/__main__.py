"""`python -m harness.dev.foretell STUDY [--judge] [--results FOLDER]`: frozen before a study's runs, judged after."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import torch

from harness.cli.requests import configurations
from harness.dev.foretell.freeze import foretold
from harness.dev.foretell.judge import by_kind, by_severity, judged
from harness.records.store import write_text
from harness.spec.errors import RequestError
from harness.spec.machine import Machine

RESULTS = Path("results")
FROZEN, SUMMARY = "foretold.csv", "summary.csv"


def main(given: Sequence[str] | None = None) -> None:
    """Write RESULTS/STUDY/foretold.csv; with --judge compare it with the summary.csv beside it.

    Raises:
        RequestError: the study is unknown or has its results already; or to judge, a file is missing.
    """
    parser = argparse.ArgumentParser(prog="python -m harness.dev.foretell", description=main.__doc__)
    parser.add_argument("study", metavar="STUDY", help="a study of experiments/ that compares two creation methods")
    parser.add_argument("--judge", action="store_true", help="after its runs: what was foretold beside what came")
    parser.add_argument("--results", type=Path, default=RESULTS)
    arguments = parser.parse_args(given)
    folder: Path = arguments.results / arguments.study
    if arguments.judge:
        _judge(folder)
        return
    if (folder / SUMMARY).is_file():
        raise RequestError(f"{folder} has the results of its runs; what is foretold comes before them")
    torch.set_num_threads(1)  # as in the processes that train; the matrices are too small to gain from more
    _save(folder / FROZEN, foretold(configurations(arguments.study), Machine(threads=1)))


def _judge(folder: Path) -> None:
    for name in (FROZEN, SUMMARY):
        if not (folder / name).is_file():
            raise RequestError(f"{folder} has no {name}; it takes what was foretold and the archive of the study")
    found = judged(pd.read_csv(folder / FROZEN), pd.read_csv(folder / SUMMARY))
    tables = {"judged": found, "judged_audit": by_severity(found), "judged_intervals": by_kind(found)}
    for name, table in tables.items():
        _save(folder / f"{name}.csv", table)
    print(*(table.to_string(index=False) for table in list(tables.values())[1:]), sep="\n\n")


def _save(file: Path, rows: pd.DataFrame) -> None:
    write_text(file, rows.to_csv(index=False))


if __name__ == "__main__":
    main()
