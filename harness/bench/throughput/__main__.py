"""`python -m harness.bench.throughput [--tasks full,linear_probe]`: executors beside plain scripts, and no more."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from rich.console import Console

from harness.bench.throughput.measure import measure, unequal
from harness.bench.throughput.report import as_json, show, write
from harness.bench.throughput.task import TASKS
from harness.spec.machine import Machine
from harness.training.hardware import find_hardware


def main() -> int:
    """Time every executor and plain scripts by turns; returns 1 where the work differs."""
    known = [task.transfer for task in TASKS]
    parser = argparse.ArgumentParser(prog="python -m harness.bench.throughput", description=main.__doc__)
    parser.add_argument("--tasks", default=",".join(known), help=f"some of {','.join(known)}")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--out", type=Path, default=Path("bench"), help="folder of throughput.json and throughput.png")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:N or mps")
    asked = parser.parse_args()
    names = asked.tasks.split(",")
    if unknown := sorted(set(names) - set(known)):
        parser.error(f"--tasks: there is no {unknown[0]}; use some of {', '.join(known)}")
    load, hardware = os.getloadavg(), find_hardware(Machine(device=asked.device))
    attempts = measure(asked.repeats, str(hardware.device), [task for task in TASKS if task.transfer in names])
    console = Console()
    show(attempts, console)
    for path in write(as_json(attempts, load, hardware.gpu), attempts, asked.out):
        console.print(str(path))
    return 1 if unequal(attempts) else 0


if __name__ == "__main__":
    sys.exit(main())
