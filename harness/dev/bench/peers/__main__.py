"""`python -m harness.dev.bench.peers [--tasks TEXT] [--repeats 3]`: beside what people would run instead."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from harness.dev.bench.peers.measure import WORKERS, PeerTiming, measure
from harness.dev.bench.peers.report import show, write
from harness.dev.bench.peers.task import TASKS

LEAST_REPEATS = 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Time whole commands by turns; returns 1 where a side did other work."""
    parser = argparse.ArgumentParser(prog="python -m harness.dev.bench.peers", description=main.__doc__)
    known = ", ".join(f"'{task.name}'" for task in TASKS)
    parser.add_argument("--tasks", nargs="+", default=[task.name for task in TASKS], help=f"some of {known}")
    parser.add_argument("--repeats", type=int, default=LEAST_REPEATS, help="of each side")
    parser.add_argument("--workers", type=int, nargs="+", default=WORKERS, help="that each program is tried with")
    parser.add_argument("--out", type=Path, default=Path("bench"), help="folder of peers.json and peers.png")
    asked = parser.parse_args(arguments)
    if unknown := sorted(set(asked.tasks) - {task.name for task in TASKS}):
        parser.error(f"--tasks: there is no '{unknown[0]}'; use some of {known}")
    tasks = [task for task in TASKS if task.name in asked.tasks]
    console = Console()

    def say(timing: PeerTiming) -> None:
        workers = "" if timing.workers is None else f", {timing.workers} workers"
        where = f"{timing.task}, {timing.side}{workers}, repeat {timing.repeat}"
        console.print(
            f"{where}: {timing.wall_s:.1f} s, CPU {timing.cpu_s:.1f} s, load {timing.load:.1f}", soft_wrap=True
        )

    found = measure(tasks, asked.repeats, asked.workers, say)
    show(tasks, found, console)
    return write(tasks, found, asked.out)


if __name__ == "__main__":
    sys.exit(main())
