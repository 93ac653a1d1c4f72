"""What was measured: a table, all values in JSON, and one figure."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.figure import Figure
from rich.console import Console
from rich.table import Table

from harness.dev.bench.measure import Ratios
from harness.dev.bench.peers.measure import OURS, PeerTiming, unequal
from harness.dev.bench.peers.task import PROBE, PeerTask
from harness.dev.publish import draw, publish
from harness.records.record import surroundings


def goal(task: PeerTask) -> float:
    """How many times as fast as the fastest program this package is to be."""
    if task.runs == 1:
        return 1.0
    return 100.0 if task.transfer == PROBE else 2.0


def sides(task: PeerTask, timings: Sequence[PeerTiming]) -> list[str]:
    """The programs that were timed at a task."""
    return list(dict.fromkeys(each.side for each in timings if each.task == task.name and each.side != OURS))


def ratios(task: PeerTask, side: str, timings: Sequence[PeerTiming], what: str) -> Ratios:
    """A program's seconds a run over this package's, repeat by repeat; `what` is a property of PeerTiming, or `cpu`."""

    def of(name: str) -> list[float]:
        own = sorted((each for each in timings if each.task == task.name and each.side == name), key=lambda e: e.repeat)
        return [each.cpu_s / len(each.did) if what == "cpu" else float(getattr(each, what)) for each in own]

    return Ratios([theirs / ours for theirs, ours in zip(of(side), of(OURS), strict=True)])


def as_json(tasks: Sequence[PeerTask], found: dict[str, list[PeerTiming]]) -> dict[str, Any]:
    """Machine, goals, ratios to each program, and every timing."""
    repeats = found["repeats"]
    return {
        **surroundings(),
        "load_after": os.getloadavg(),
        "unequal": unequal(tasks, repeats),
        "tasks": {
            task.name: {
                **asdict(task),
                "goal": goal(task),
                "ratios": {
                    side: {
                        "whole command": ratios(task, side, repeats, "per_run").as_json(),
                        "without start-up": ratios(task, side, repeats, "trained_per_run").as_json(),
                        "cpu": ratios(task, side, repeats, "cpu").as_json(),
                    }
                    for side in sides(task, repeats)
                },
            }
            for task in tasks
        },
        **{kind: [each.as_json() for each in timings] for kind, timings in found.items()},
    }


def show(tasks: Sequence[PeerTask], found: dict[str, list[PeerTiming]], console: Console) -> None:
    """Print how many times as fast this package is, how many images both evaluated, and where the work differed."""
    table = Table("task", "beside", "workers", "evaluated", "whole command", "without start-up", "CPU", "goal")
    repeats = found["repeats"]
    for task in tasks:
        for side in sides(task, repeats):
            workers = {str(each.workers) for each in repeats if each.task == task.name and each.side == side}
            answered = [
                next(each.did[0]["evaluated"] for each in repeats if each.task == task.name and each.side == name)
                for name in (side, OURS)
            ]
            told = [str(ratios(task, side, repeats, what)) for what in ("per_run", "trained_per_run", "cpu")]
            table.add_row(task.name, side, ", ".join(workers), "{} / {}".format(*answered), *told, f"{goal(task):g}")
    console.print(table)
    for line in unequal(tasks, repeats):
        console.print(f"unequal work: {line}")


def write(tasks: Sequence[PeerTask], found: dict[str, list[PeerTiming]], folder: Path) -> int:
    """peers.json and peers.png; where the work differed, what is there stays, and the exit code is 1."""
    told = as_json(tasks, found)
    code = publish(folder / "peers.json", told, told["unequal"])
    if code == 0:
        draw(folder / "peers.png", _figure(tasks, found["repeats"]), dpi=120)
    return code


def _figure(tasks: Sequence[PeerTask], timings: Sequence[PeerTiming]) -> Figure:
    matplotlib.use("Agg")
    figure = Figure(figsize=(3.2 * len(tasks), 3.6), layout="constrained")
    for task, axis in zip(tasks, figure.subplots(1, len(tasks), squeeze=False)[0], strict=True):
        names = [OURS, *sides(task, timings)]
        for place, side in enumerate(names):
            seconds = [each.per_run for each in timings if each.task == task.name and each.side == side]
            axis.plot([place] * len(seconds), seconds, "o", color="C0" if side == OURS else "C1", alpha=0.6)
        axis.set_xticks(range(len(names)), names, rotation=30, ha="right")
        axis.set_title(f"{task.name}\nseconds a run", fontsize="medium")
        axis.set_ylim(bottom=0)
        axis.margins(x=0.2)
    return figure
