"""Tells how many runs a second each side gives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.figure import Figure
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from harness.dev.bench.measure import Ratios
from harness.dev.bench.throughput.measure import ALONE, ContenderRun, Kernels, unequal
from harness.dev.publish import draw, publish
from harness.records.record import surroundings

SWEEP = 64
"""Runs of a sweep that ratios with start-up are told for: a script starts up for each, an executor once."""

COLOURS = ("C1", "C0", "C2")


def faster(
    attempts: Sequence[ContenderRun], task: str, side: str, what: Callable[[ContenderRun, int], float]
) -> Ratios:
    """How many times as fast as a script for each run a side is, repeat by repeat, by seconds of one of `MEASURES`."""
    own = {(each.side, each.repeat): each for each in attempts if each.task == task}
    repeats = sorted({repeat for _, repeat in own})
    runs = max(SWEEP, len(own[side, repeats[0]].runs))
    return Ratios([what(own[ALONE, at], runs) / what(own[side, at], runs) for at in repeats])


def _sweep(attempt: ContenderRun, runs: int) -> float:
    times = runs / len(attempt.runs) if attempt.workers is not None else 1
    return runs * attempt.per_run_without_startup + attempt.startup_s * times


MEASURES: dict[str, Callable[[ContenderRun, int], float]] = {
    "sweep": _sweep,
    "without_startup": lambda attempt, runs: attempt.per_run_without_startup,
    "training_alone": lambda attempt, runs: attempt.training_per_run,
}
"""What is compared: a whole sweep of 64 runs (of as many as the side trained, where those are more); the same without
starting up; what of it is training."""


def sides(attempts: Sequence[ContenderRun]) -> dict[str, list[str]]:
    """The sides of each task, in the order of the first repeat."""
    found: dict[str, list[str]] = {}
    for attempt in attempts:
        if attempt.repeat == 0:
            found.setdefault(attempt.task, []).append(attempt.side)
    return found


def as_json(
    attempts: Sequence[ContenderRun], counted: Kernels, load: tuple[float, float, float], gpu: str | None
) -> dict[str, Any]:
    """All raw times, the ratios of every side, kernels a step, and the machine."""
    ratios = {
        task: {
            side: {name: faster(attempts, task, side, what).as_json() for name, what in MEASURES.items()}
            for side in names
        }
        for task, names in sides(attempts).items()
    }
    return {
        "machine": surroundings(gpu),
        "load": list(load),
        "faster_than_a_script": ratios,
        "kernels_a_step": counted,
        "attempts": [attempt.as_json() for attempt in attempts],
        "differences": unequal(attempts),
    }


def write(found: dict[str, Any], attempts: Sequence[ContenderRun], out: Path) -> list[Path]:
    """Write throughput.json and throughput.png if the work was the same; returns what was written."""
    data, figure = out / "throughput.json", out / "throughput.png"
    if publish(data, found, unequal(attempts)):
        return []
    draw(figure, _figure(attempts))
    return [data, figure]


def show(attempts: Sequence[ContenderRun], counted: Kernels, console: Console) -> None:
    """Print two tables a task: all raw times, and how many times as fast as scripts each side is."""
    for task, names in sides(attempts).items():
        [precision] = {each.precision for each in attempts if each.task == task}
        times = _table(
            f"{task}, {precision}: ms a run apart from start-up",
            "ms",
            "start-up s",
            "runs",
            "pack",
            "kernels",
            "peak MiB",
        )
        ratios = _table(
            f"{task}: times as fast as a script for each run", *(name.replace("_", " ") for name in MEASURES)
        )
        for side in names:
            own = [each for each in attempts if (each.task, each.side) == (task, side)]
            times.add_row(
                side,
                " ".join(f"{1000 * each.per_run_without_startup:.0f}" for each in own),
                " ".join(f"{each.startup_s:.1f}" for each in own),
                str(len(own[0].runs)),
                str(own[0].pack or ""),
                _kernels(counted[task].get(side.partition(" (")[0])),
                f"{max(each.peak_mib for each in own):.0f}",
            )
            ratios.add_row(side, *(_short(faster(attempts, task, side, what)) for what in MEASURES.values()))
        console.print("", times, "", ratios, "")
    found = unequal(attempts)
    told = ["The work differs:", *found] if found else ["The same work on every side: steps, images, final losses."]
    console.print("\n".join(told))


def _table(title: str, *columns: str) -> Table:
    made = Table(title=title, title_justify="left", box=SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
    made.add_column("side", no_wrap=True)
    for column in columns:
        made.add_column(column)
    return made


def _short(ratios: Ratios) -> str:
    return f"{ratios.median:.3g}, {min(ratios.values):.3g}-{max(ratios.values):.3g}"


def _kernels(step: dict[str, float] | None) -> str:
    """Those of a step by each of its runs."""
    return "" if step is None else f"{step['kernels'] / step['runs']:.0f}"


def _figure(attempts: Sequence[ContenderRun]) -> Figure:
    matplotlib.use("Agg")
    figure = Figure(figsize=(9, 4.2), layout="constrained")
    told = sides(attempts)
    for axes, (task, names) in zip(figure.subplots(1, len(told), squeeze=False)[0], told.items(), strict=True):
        for place, side in enumerate(names):
            for what, colour in zip(MEASURES.values(), COLOURS, strict=True):
                ratios = faster(attempts, task, side, what)
                axes.plot([place] * len(ratios.values), ratios.values, "o", color=colour, alpha=0.6)
        axes.set_xticks(range(len(names)), names, rotation=30, ha="right")
        axes.set(title=task, yscale="log", ylabel="times as fast as a script for each run")
        axes.axhline(1, color="grey", linestyle="--")
        for name, colour in zip(MEASURES, COLOURS, strict=True):
            axes.plot([], [], "o", color=colour, label=name.replace("_", " "))
        axes.legend(fontsize="small")
    return figure
