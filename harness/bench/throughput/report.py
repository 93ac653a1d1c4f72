"""Tells how many runs a second each side gives."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.figure import Figure
from rich.console import Console
from rich.table import Table

from harness.bench.measure import Ratios
from harness.bench.throughput.measure import ALONE, Attempt, unequal
from harness.records.provenance import surroundings
from harness.records.store import write_text

SWEEP = 64
"""Runs of a sweep that ratios with start-up are told for: a script starts up for each, an executor once."""


def faster(attempts: Sequence[Attempt], task: str, side: str, startup: bool) -> Ratios:
    """How many times as fast as a script for each run, repeat by repeat; with start-up for a sweep of 64 runs."""
    own = {(each.side, each.repeat): each for each in attempts if each.task == task}
    repeats = sorted({repeat for _, repeat in own})
    return Ratios([_of_sweep(own[ALONE, at], startup) / _of_sweep(own[side, at], startup) for at in repeats])


def _of_sweep(attempt: Attempt, startup: bool) -> float:
    seconds = SWEEP * attempt.per_run_without_startup
    if not startup:
        return seconds
    scripted = attempt.workers is not None
    return seconds + attempt.startup_s * (SWEEP / len(attempt.runs) if scripted else 1)


def sides(attempts: Sequence[Attempt]) -> dict[str, list[str]]:
    """The sides of each task, in the order of the first repeat."""
    found: dict[str, list[str]] = {}
    for attempt in attempts:
        if attempt.repeat == 0:
            found.setdefault(attempt.task, []).append(attempt.side)
    return found


def as_json(attempts: Sequence[Attempt], load: tuple[float, float, float], gpu: str | None) -> dict[str, Any]:
    """All raw times, the ratios of every side, and the machine."""
    ratios = {
        task: {
            side: {
                "without_startup": faster(attempts, task, side, startup=False).as_json(),
                f"sweep_of_{SWEEP}": faster(attempts, task, side, startup=True).as_json(),
            }
            for side in names
        }
        for task, names in sides(attempts).items()
    }
    return {
        "machine": surroundings(gpu),
        "load": list(load),
        "faster_than_a_script": ratios,
        "attempts": [attempt.as_json() for attempt in attempts],
        "differences": unequal(attempts),
    }


def write(found: dict[str, Any], attempts: Sequence[Attempt], out: Path) -> tuple[Path, Path]:
    """Write throughput.json and throughput.png; returns their paths."""
    data, figure = out / "throughput.json", out / "throughput.png"
    write_text(data, json.dumps(found, indent=1))
    _figure(attempts).savefig(figure, dpi=150)
    return data, figure


def show(attempts: Sequence[Attempt], console: Console) -> None:
    """Print one table a task, with all raw times."""
    for task, names in sides(attempts).items():
        columns = ("side", "runs", "pack", "s a run, start-up apart", "start-up s", "peak MiB", "ratio", "64 runs")
        table = Table(*columns, title=f"{task}: times as fast as a script for each run")
        for side in names:
            own = [each for each in attempts if (each.task, each.side) == (task, side)]
            first = own[0]
            table.add_row(
                f"{side} ({first.workers} loaders)" if first.workers is not None else side,
                str(len(first.runs)),
                str(first.pack or ""),
                " ".join(f"{each.per_run_without_startup:.3f}" for each in own),
                " ".join(f"{each.startup_s:.1f}" for each in own),
                f"{max(each.peak_mib for each in own):.0f}",
                str(faster(attempts, task, side, startup=False)),
                str(faster(attempts, task, side, startup=True)),
            )
        console.print(table)
    found = unequal(attempts)
    told = ["The work differs:", *found] if found else ["The same work on every side: steps, images, final losses."]
    console.print("\n".join(told))


def _figure(attempts: Sequence[Attempt]) -> Figure:
    matplotlib.use("Agg")
    figure = Figure(figsize=(9, 4.2), layout="constrained")
    told = sides(attempts)
    for axes, (task, names) in zip(figure.subplots(1, len(told), squeeze=False)[0], told.items(), strict=True):
        for place, side in enumerate(names):
            for startup, colour in ((False, "C0"), (True, "C1")):
                ratios = faster(attempts, task, side, startup)
                axes.plot([place] * len(ratios.values), ratios.values, "o", color=colour, alpha=0.6)
        axes.set_xticks(range(len(names)), names, rotation=30, ha="right")
        axes.set(title=task, yscale="log", ylabel="times as fast as a script for each run")
        axes.axhline(1, color="grey", linestyle="--")
        axes.plot([], [], "o", color="C0", label="start-up apart")
        axes.plot([], [], "o", color="C1", label=f"sweep of {SWEEP} runs")
        axes.legend(fontsize="small")
    return figure
