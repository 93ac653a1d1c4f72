"""`harness archive`: pack a study's records into two files, small enough to commit, and its answer beside them."""

from __future__ import annotations

import shutil
from pathlib import Path

from harness.analysis.answer import answer
from harness.analysis.study import read_study
from harness.cli.arguments import words
from harness.records.archive import read_records, write_archive
from harness.records.store import STUDY


def archive(arguments: list[str]) -> int:
    """`harness archive study=NAME [out=FOLDER] [to=results/NAME]`: records, study and report in one folder."""
    given = words("archive", arguments, {"study": None, "out": "runs", "to": ""})
    folder = Path(given["out"]) / given["study"]
    target = Path(given["to"] or f"results/{given['study']}")
    cells = set(read_study(folder).cells)
    ours = frozenset(record["run_id"] for record in read_records(folder) if record["cell_id"] in cells)
    packed = write_archive(folder, target, ours)
    shutil.copyfile(folder / STUDY, target / STUDY)
    answer(target)
    print(f"{packed} records in {target}")
    return 0
