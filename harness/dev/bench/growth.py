"""`python -m harness.dev.bench.growth [--runs 10,100,1000,10000] [--out bench]`: what a run costs as a sweep grows."""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from harness.dev.publish import publish
from harness.records.record import surroundings

RUNS = (10, 100, 1000, 10_000)
SWEEP = (
    "-m", "creation=create_model,swap_head", "backbone=test_resnet", "data=made", "data.samples=200",
    "transfer=linear_probe", "recipe.epochs=3", "tracking=none",
)  # fmt: skip
"""Probes that are trained in a few milliseconds, so that what is seen is all else."""


def sweep(runs: int, folder: Path) -> dict[str, Any]:
    """A whole command, its report included: seconds of the wall and of processors, and the largest process' memory.

    Raises:
        RuntimeError: it failed.
    """
    asked = [*SWEEP, f"seed=range(0,{runs // 2})", f"out={folder}", f"study=of_{runs}"]
    began = time.perf_counter()
    with (folder / "printed").open("w", encoding="utf-8") as printed:
        process = subprocess.Popen([sys.executable, "-m", "harness", *asked], stdout=printed, stderr=printed)
        _, status, used = os.wait4(process.pid, 0)
    if status:
        raise RuntimeError(f"a sweep of {runs} runs failed: {(folder / 'printed').read_text(encoding='utf-8')[-300:]}")
    return {
        "runs": runs,
        "wall_s": round(time.perf_counter() - began, 2),
        "processor_s": round(used.ru_utime + used.ru_stime, 2),
        "peak_mib": round(used.ru_maxrss / 1024),
        "records": sum(1 for _ in (folder / f"of_{runs}").glob("*/record.json")),
    }


def marginal(smaller: dict[str, Any], larger: dict[str, Any]) -> float:
    """Seconds that each run more has cost: what begins and ends a command is in both."""
    return float((larger["wall_s"] - smaller["wall_s"]) / (larger["runs"] - smaller["runs"]))


def main(arguments: Sequence[str] | None = None) -> int:
    """Sweep so many runs after so many; returns 1 where a record is missing."""
    parser = argparse.ArgumentParser(prog="python -m harness.dev.bench.growth", description=main.__doc__)
    parser.add_argument("--runs", default=",".join(map(str, RUNS)), help="even numbers, rising, with commas between")
    parser.add_argument("--out", type=Path, default=Path("bench"), help="folder of growth.json")
    asked = parser.parse_args(arguments)
    numbers = [int(number) for number in asked.runs.split(",")]
    if len(numbers) < 2 or sorted(set(numbers)) != numbers or any(number % 2 for number in numbers):
        parser.error(f"--runs {asked.runs}: two even numbers at least, each larger than the one before")
    load = os.getloadavg()
    with tempfile.TemporaryDirectory(prefix="harness-growth-") as folder:
        sweep(2, Path(folder))  # not counted: what is read for the first time
        found = [sweep(number, Path(folder)) for number in numbers]
    costs = [None, *(marginal(*pair) for pair in pairwise(found))]
    told = [{**each, "each_run_more_s": cost} for each, cost in zip(found, costs, strict=True)]
    table = Table("runs", "wall s", "processor s", "largest process MiB", "ms each run more", title="As a sweep grows")
    for each in told:
        more = each["each_run_more_s"]
        shown = (each[name] for name in ("runs", "wall_s", "processor_s", "peak_mib"))
        table.add_row(*map(str, shown), "" if more is None else f"{1000 * more:.1f}")
    Console().print(table)
    sweeps = {"command": shlex.join(["harness", *SWEEP, "seed=range(0,RUNS/2)"]), "sweeps": told}
    wrong = [f"{each['records']} records of {each['runs']}" for each in told if each["records"] != each["runs"]]
    return publish(asked.out / "growth.json", {"machine": surroundings(), "load": load, **sweeps}, wrong)


if __name__ == "__main__":
    sys.exit(main())
