"""What the runs of each cell answered to the images of the test part."""

from __future__ import annotations

from pathlib import Path

from harness.analysis.findings import Findings
from harness.records.archive import predicted
from harness.records.record import Predictions

Unit = tuple[int, int]
"""A seed and a split, which tell the runs of one cell apart."""

Tested = dict[tuple[str, int, int], dict[Unit, Predictions]]
"""By the test part's hash, row and arm, the predictions of each finished run."""


def tested(found: Findings, folder: Path) -> Tested:
    """The predictions of a study's finished runs; empty where no run has any."""
    finished = found.runs[found.runs["status"] == "finished"]
    columns = (finished[name].tolist() for name in ("run_id", "row", "arm", "seed", "split"))
    places = {run: (row, arm, (seed, split)) for run, row, arm, seed, split in zip(*columns, strict=True)}
    answers: Tested = {}
    for record, predictions in predicted(folder, found.records):
        if record["run_id"] in places:
            row, arm, unit = places[record["run_id"]]
            answers.setdefault((str(record["data"].get("test_hash")), row, arm), {})[unit] = predictions
    return answers
