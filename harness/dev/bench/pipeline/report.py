"""What was measured: a table for each set, all values in JSON, and one figure."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import matplotlib
import torch
from matplotlib.figure import Figure
from rich.console import Console
from rich.table import Table

from harness.dev.bench.measure import Ratios
from harness.dev.bench.pipeline.measure import PipelineTiming
from harness.dev.publish import draw, publish
from harness.records.record import surroundings

HARNESS = "harness"
HARNESS_AGAIN = "harness, decoded before"
GOAL = 3.0


@dataclass(frozen=True)
class PipelineFigures:
    """By set: one trial of each of torchvision's ways, and the repeats of both sides."""

    trials: dict[str, list[PipelineTiming]] = field(default_factory=dict)
    measured: dict[str, list[PipelineTiming]] = field(default_factory=dict)

    def of(self, name: str, variant: str) -> list[PipelineTiming]:
        """The repeats of one variant, in order."""
        return [each for each in self.measured[name] if each.variant == variant]

    def best(self, name: str) -> str:
        """The variant of torchvision that was compared with."""
        return next(each.variant for each in self.measured[name] if not each.variant.startswith(HARNESS))

    def ratio(self, name: str, variant: str, rate: str) -> Ratios:
        """Images a second of a variant divided by torchvision's, repeat by repeat; `rate` is first or later."""
        pairs = zip(self.of(name, variant), self.of(name, self.best(name)), strict=True)
        return Ratios([getattr(ours, rate) / getattr(theirs, rate) for ours, theirs in pairs])

    def as_json(self) -> dict[str, Any]:
        """Machine, goal, and for each set all values and the ratios."""
        return {
            **surroundings(),
            "threads": torch.get_num_threads(),
            "load_after": os.getloadavg(),
            "goal_later": GOAL,
            "sets": {
                name: {
                    "compared_with": self.best(name),
                    "ratios": {
                        f"{variant}, {rate}": self.ratio(name, variant, rate).as_json()
                        for variant in (HARNESS, HARNESS_AGAIN)
                        for rate in ("first", "later")
                    },
                    "repeats": [each.as_json() for each in self.measured[name]],
                    "trials": [each.as_json() for each in self.trials[name]],
                }
                for name in self.measured
            },
        }


def show(findings: PipelineFigures, name: str, console: Console) -> None:
    """Print one set's table."""
    columns = ("variant", "first epoch img/s", "later epochs img/s", "peak memory MiB", "first, ratio", "later, ratio")
    table = Table(*columns, title=name)
    for variant in (findings.best(name), HARNESS, HARNESS_AGAIN):
        repeats = findings.of(name, variant)
        ratios = [str(findings.ratio(name, variant, rate)) for rate in ("first", "later")]
        table.add_row(
            variant,
            f"{median(each.first for each in repeats):.0f}",
            f"{median(each.later for each in repeats):.0f}",
            f"{median(each.peak_memory for each in repeats) / 2**20:.0f}",
            *ratios,
        )
    console.print(table)
    loads = [each.load for each in findings.measured[name]]
    console.print(f"load {min(loads):.1f} to {max(loads):.1f}; wanted: {GOAL:g} times from the second epoch on")


def write(findings: PipelineFigures, folder: Path) -> list[Path]:
    """pipeline.json and pipeline.png."""
    data, picture = folder / "pipeline.json", folder / "pipeline.png"
    publish(data, findings.as_json())
    draw(picture, _figure(findings), dpi=120)
    return [data, picture]


def _figure(findings: PipelineFigures) -> Figure:
    matplotlib.use("Agg")
    figure = Figure(figsize=(9, 3.8), layout="constrained")
    axes = figure.subplots(1, 3)
    titles = ("First epoch, images/s", "Later epochs, images/s", "Peak memory, MiB")
    values = ("first", "later", "peak_memory")
    for axis, title, value in zip(axes, titles, values, strict=True):
        for place, name in enumerate(findings.measured):
            for offset, variant, colour in (
                (-0.2, findings.best(name), "C1"),
                (0.0, HARNESS, "C0"),
                (0.2, HARNESS_AGAIN, "C2"),
            ):
                scale = 2**20 if value == "peak_memory" else 1
                heights = [getattr(each, value) / scale for each in findings.of(name, variant)]
                axis.plot([place + offset] * len(heights), heights, "o", color=colour, alpha=0.6)
        axis.set_xticks(range(len(findings.measured)), list(findings.measured))
        axis.set_title(title, fontsize="medium")
        axis.set_ylim(bottom=0)
        axis.margins(x=0.2)
    for label, colour in (("torchvision at its best", "C1"), (HARNESS, "C0"), (HARNESS_AGAIN, "C2")):
        axes[1].plot([], [], "o", color=colour, label=label)
    axes[1].legend(fontsize="small", loc="upper center", bbox_to_anchor=(0.5, -0.1), ncols=3)
    return figure
