"""`python -m harness.dev.bench.throughput [--tasks full,linear_probe]`: executors beside plain scripts, and no more."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console

from harness.dev.bench.throughput.measure import ALONE, measure, unequal
from harness.dev.bench.throughput.report import as_json, show, write
from harness.dev.bench.throughput.task import LARGE, TASKS, task_of
from harness.spec.machine import Machine
from harness.training.hardware import find_hardware


def main() -> int:
    """Time every executor and plain scripts by turns; returns 1 where the work differs."""
    usual, known = ([task.name for task in tasks] for tasks in (TASKS, (*TASKS, LARGE)))
    parser = argparse.ArgumentParser(prog="python -m harness.dev.bench.throughput", description=main.__doc__)
    parser.add_argument("--tasks", default=",".join(usual), help=f"some of {','.join(known)}")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--out", type=Path, default=Path("bench"), help="folder of throughput.json and throughput.png")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:N or mps")
    parser.add_argument("--sides", help="some of those compared; the script always is")
    parser.add_argument("--swept", help="runs of a sweep by an executor that packs, instead of the task's own; several")
    parser.add_argument("--single", type=int, help="runs by an executor that trains run by run")
    asked = parser.parse_args()
    names = asked.tasks.split(",")
    if unknown := sorted(set(names) - set(known)):
        parser.error(f"--tasks: there is no {unknown[0]}; use some of {', '.join(known)}")
    load, hardware = os.getloadavg(), find_hardware(Machine(device=asked.device))
    changes: dict[str, Any] = {} if asked.single is None else {"single": asked.single}
    if asked.swept is not None:
        changes["swept"] = tuple(map(int, asked.swept.split(",")))
    tasks = [replace(task_of(name), **changes) for name in names]
    sides = None if asked.sides is None else [ALONE, *asked.sides.split(",")]
    attempts, counted = measure(asked.repeats, str(hardware.device), tasks, sides)
    console = Console()
    show(attempts, counted, console)
    for path in write(as_json(attempts, counted, load, hardware.gpu), attempts, asked.out):
        console.print(str(path))
    return 1 if unequal(attempts) else 0


if __name__ == "__main__":
    sys.exit(main())
