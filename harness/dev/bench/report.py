"""The benchmark's findings: goals, a table, all raw values in JSON, and one figure."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib
import torch
from matplotlib.figure import Figure
from rich.console import Console
from rich.table import Table

from harness.dev.bench.measure import BARE, HARNESS, WITHOUT_MONITORS, Ratios, Timing, bitwise, differences, ratios
from harness.dev.bench.monitor_cost import MonitorCost
from harness.dev.bench.tracking_cost import GAP, LINEAR_PROBE, TrackingCost
from harness.dev.publish import draw, publish
from harness.records.record import surroundings
from harness.spec.machine import Machine
from harness.training.hardware import find_hardware

SPEED_GOAL = 0.97
FRACTION_GOAL = 0.03
SECONDS_GOAL = 0.1


@dataclass(frozen=True)
class Goal:
    """What was to be reached, what was measured, and whether it was reached."""

    name: str
    wanted: str
    measured: str
    met: bool


@dataclass(frozen=True)
class LoopFigures:
    """All that one call measured; `load` is the load average (1, 5, 15 minutes) before it began."""

    timings: list[Timing]
    monitors: list[MonitorCost]
    tracking: list[TrackingCost]
    machine: Machine
    load: tuple[float, float, float]

    @property
    def backbones(self) -> list[str]:
        """In the order of measurement."""
        return list(dict.fromkeys(timing.backbone for timing in self.timings))

    def ratio(self, backbone: str, over: str, under: str, rate: str = "images_per_s") -> Ratios:
        """Rate of `over` divided by that of `under`, repeat by repeat."""
        return ratios(self.timings, backbone, over, under, rate)

    def phase(self, backbone: str, variant: str) -> list[float]:
        """Seconds of the whole training phase, repeat by repeat."""
        return [timing.phase_s for timing in self.timings if (timing.backbone, timing.variant) == (backbone, variant)]

    def goals(self) -> list[Goal]:
        """Every goal that something was measured for; medians decide."""
        found = []
        for backbone in self.backbones:
            ratio = self.ratio(backbone, HARNESS, BARE)
            name = f"speed against the bare loop, {backbone}"
            found.append(Goal(name, f">= {SPEED_GOAL}", str(ratio), ratio.median >= SPEED_GOAL))
        for cost in self.tracking:
            if cost.kind == GAP:
                name = f"tracking's part of a run ({cost.kind})"
                found.append(
                    Goal(name, f"< {FRACTION_GOAL:.0%}", f"{cost.fraction:.2%}", cost.fraction < FRACTION_GOAL)
                )
            if cost.kind == LINEAR_PROBE:
                name = f"tracking of the shortest run ({cost.kind})"
                met = cost.seconds <= SECONDS_GOAL
                found.append(Goal(name, f"<= {SECONDS_GOAL} s", f"{cost.seconds:.3f} s", met))
        return found

    def surroundings(self) -> dict[str, Any]:
        """Machine, versions and settings."""
        hardware = find_hardware(self.machine)
        known = surroundings(hardware.gpu)
        return {
            **known["hardware"],
            "device": str(hardware.device),
            "precision": hardware.precision,
            "threads": torch.get_num_threads(),
            "load_before": list(self.load),
            "load_after": list(os.getloadavg()),
            "versions": known["versions"],
            "git_commit": known["git_commit"],
            "git_dirty": known["git_dirty"],
        }

    def as_json(self) -> dict[str, Any]:
        """Everything, raw values included."""
        rates = ("images_per_s", "training_images_per_s")
        return {
            "machine": self.surroundings(),
            "goals": [vars(goal) for goal in self.goals()],
            "same_work": {"differences": differences(self.timings), "bitwise": bitwise(self.timings)},
            "speed_ratio": {
                backbone: {rate: self.ratio(backbone, HARNESS, BARE, rate).as_json() for rate in rates}
                for backbone in self.backbones
            },
            "probes_cost_ratio": {
                backbone: self.ratio(backbone, WITHOUT_MONITORS, HARNESS).as_json() for backbone in self.backbones
            },
            "timings": [timing.as_json() for timing in self.timings],
            "probes": [monitor.as_json() for monitor in self.monitors],
            "tracking": [cost.as_json() for cost in self.tracking] or None,
        }


def write(findings: LoopFigures, out: Path) -> list[Path]:
    """Write bench.json and bench.png if the work was the same; returns what was written."""
    data, figure = out / "bench.json", out / "bench.png"
    if publish(data, findings.as_json(), differences(findings.timings)):
        return []
    draw(figure, _figure(findings))
    return [data, figure]


def show(findings: LoopFigures, console: Console) -> None:
    """Print machine, tables and goals."""
    machine = findings.surroundings()
    console.print(
        f"{machine['cpu']}, {machine['cores']} cores, {machine['gpu'] or 'no GPU'}; {machine['device']}, "
        f"{machine['precision']}, {machine['threads']} torch thread(s); load {findings.load[0]:.2f} before, "
        f"{machine['load_after'][0]:.2f} after"
    )
    console.print(", ".join(f"{name} {version}" for name, version in machine["versions"].items()))
    for table in (_speed(findings), _monitors(findings), _tracking(findings), _goals(findings)):
        console.print(table)
    found = differences(findings.timings)
    same = "bitwise equal losses" if bitwise(findings.timings) else "losses equal within tolerance"
    console.print("\n".join(["The work differs:", *found]) if found else f"The same work in every variant: {same}.")


def _times(values: list[float]) -> str:
    return " ".join(f"{value:.2f}" for value in values)


def _speed(findings: LoopFigures) -> Table:
    table = Table("backbone", "bare s", "harness s", "ratio of images/s", "training only", title="Whole training phase")
    for backbone in findings.backbones:
        table.add_row(
            backbone,
            _times(findings.phase(backbone, BARE)),
            _times(findings.phase(backbone, HARNESS)),
            str(findings.ratio(backbone, HARNESS, BARE)),
            str(findings.ratio(backbone, HARNESS, BARE, "training_images_per_s")),
        )
    return table


def _monitors(findings: LoopFigures) -> Table:
    table = Table("backbone", "monitor", "seconds in a run", "time with / without", title="Monitors")
    for backbone in findings.backbones:
        off = findings.phase(backbone, WITHOUT_MONITORS)
        table.add_row(backbone, "all, switched", "", str(findings.ratio(backbone, WITHOUT_MONITORS, HARNESS)))
        for monitor in findings.monitors:
            if monitor.backbone == backbone:
                factor = 1 + monitor.per_run * len(off) / sum(off)
                table.add_row(backbone, monitor.monitor, f"{monitor.per_run:.4f}", f"{factor:.4f}")
    return table


def _tracking(findings: LoopFigures) -> Table | str:
    if not findings.tracking:
        return "Tracking: MLflow is not installed, so it is left out."
    columns = ("run", "n", "run s", "in a sweep s", "alone s", "alone CPU s", "fraction", "fraction alone", "once s")
    table = Table(*columns, title="Tracking, for each run")
    for cost in findings.tracking:
        values = cost.as_json()
        table.add_row(
            cost.kind,
            str(len(cost.run_s)),
            f"{sum(cost.run_s) / len(cost.run_s):.2f}",
            f"{cost.seconds:.3f}",
            f"{values['alone_median_s']:.3f}",
            f"{cost.cpu_per_run:.3f}",
            f"{cost.fraction:.2%}",
            f"{cost.fraction_alone:.2%}",
            f"{cost.once_s:.2f} (first {cost.once_first_s:.2f})",
        )
    return table


def _goals(findings: LoopFigures) -> Table:
    table = Table("goal", "wanted", "measured", "met", title="Goals")
    for goal in findings.goals():
        table.add_row(goal.name, goal.wanted, goal.measured, "yes" if goal.met else "no")
    return table


def _figure(findings: LoopFigures) -> Figure:
    matplotlib.use("Agg")
    figure = Figure(figsize=(9, 4.2), layout="constrained")
    speed, tracking = figure.subplots(1, 2)
    below: dict[str, Any] = {"loc": "upper center", "bbox_to_anchor": (0.5, -0.12), "fontsize": "small"}
    for place, backbone in enumerate(findings.backbones):
        values = findings.ratio(backbone, HARNESS, BARE)
        speed.plot([place] * len(values.values), values.values, "o", color="C0", alpha=0.6)
        speed.plot([place - 0.15, place + 0.15], [values.median] * 2, color="C0")
    speed.axhline(SPEED_GOAL, color="grey", linestyle="--", label=f"goal {SPEED_GOAL}")
    speed.set_xticks(range(len(findings.backbones)), findings.backbones)
    speed.set(ylabel="images/s, harness / bare loop", title="Whole training phase (repeats, median)", xlim=(-0.5, None))
    speed.margins(x=0.3)
    speed.legend(**below)
    for place, cost in enumerate(findings.tracking):
        for offset, values_s, colour in ((-0.12, cost.in_sweep_s, "C0"), (0.12, cost.alone_s, "C1")):
            tracking.plot([place + offset] * len(values_s), values_s, "o", color=colour, alpha=0.6)
    if findings.tracking:
        tracking.plot([], [], "o", color="C0", label="while the next run trains")
        tracking.plot([], [], "o", color="C1", label="alone")
        tracking.axhline(SECONDS_GOAL, color="grey", linestyle="--", label=f"goal for the shortest, {SECONDS_GOAL} s")
        tracking.legend(**below)
    tracking.set_xticks(range(len(findings.tracking)), [cost.kind for cost in findings.tracking])
    tracking.set(ylabel="seconds for each run", title="Tracking" if findings.tracking else "Tracking: no MLflow")
    tracking.set_ylim(bottom=0)
    return figure
