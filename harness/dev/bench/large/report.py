"""What was measured: a table, and all values in JSON."""

from __future__ import annotations

import os
from dataclasses import dataclass
from statistics import median
from typing import Any

import torch
from rich.console import Console
from rich.table import Table

from harness.dev.bench.large.sides import BARE, HARNESS, LargeTiming
from harness.dev.bench.measure import Ratios
from harness.dev.bench.report import SPEED_GOAL
from harness.records.record import surroundings
from harness.training.hardware import Hardware

SAME = 0.02
"""The largest relative difference of mean losses at which a side did the bare loop's work; in float32 it is far less,
and 16 bits round otherwise under other algorithms."""


@dataclass(frozen=True)
class LargeFigures:
    """`flops` of one image by backbone, `peak` operations a second and its source, `load` before the first timing."""

    timings: list[LargeTiming]
    flops: dict[str, float]
    peak: tuple[float, str]
    hardware: Hardware
    load: tuple[float, float, float]

    def of(self, backbone: str, side: str) -> list[LargeTiming]:
        """The repeats in order."""
        return [each for each in self.timings if (each.backbone, each.side) == (backbone, side)]

    def sides(self, backbone: str) -> list[str]:
        """As they were timed first."""
        return list(dict.fromkeys(each.side for each in self.timings if each.backbone == backbone))

    def ratio(self, backbone: str, side: str) -> Ratios:
        """Images a second by those of the bare loop, repeat by repeat."""
        pairs = zip(self.of(backbone, side), self.of(backbone, BARE), strict=True)
        return Ratios([ours.images_per_s / theirs.images_per_s for ours, theirs in pairs])

    def utilisation(self, backbone: str, side: str) -> float:
        """The fraction of the peak that the model's own operations make, of the median repeat (MFU).

        Chowdhery et al. 2022, "PaLM: Scaling language modeling with Pathways", appendix B.
        """
        rate = median(each.images_per_s for each in self.of(backbone, side))
        return rate * self.flops[backbone] / self.peak[0]

    def differences(self) -> list[str]:
        """Where a side did other work than the bare loop, one line each."""
        found = []
        for each in self.timings:
            [bare] = [other for other in self.of(each.backbone, BARE) if other.repeat == each.repeat]
            where = f"{each.backbone}, repeat {each.repeat}, {each.side}"
            if each.steps != bare.steps:
                found.append(f"{where}: measured after steps {each.steps}, the bare loop after {bare.steps}")
            elif not all(abs(a - b) <= SAME * abs(b) for a, b in zip(each.losses, bare.losses, strict=True)):
                found.append(f"{where}: losses are {each.losses}, the bare loop's {bare.losses}")
        return found

    def as_json(self) -> dict[str, Any]:
        """Machine, ratios and fractions, and all raw values."""
        return {
            "machine": surroundings(self.hardware.gpu),
            "device": str(self.hardware.device),
            "precision": self.hardware.precision,
            "threads": torch.get_num_threads(),
            "load_before": list(self.load),
            "load_after": list(os.getloadavg()),
            "peak_flops": {"per_s": self.peak[0], "from": self.peak[1]},
            "goal": {"side": HARNESS, "ratio": SPEED_GOAL},
            "backbones": {
                backbone: {
                    "training_flops_per_image": self.flops[backbone],
                    "sides": {
                        side: {
                            "images_per_s": median(each.images_per_s for each in self.of(backbone, side)),
                            "utilisation": self.utilisation(backbone, side),
                            "ratio": self.ratio(backbone, side).as_json(),
                        }
                        for side in self.sides(backbone)
                    },
                }
                for backbone in dict.fromkeys(each.backbone for each in self.timings)
            },
            "differences": self.differences(),
            "timings": [each.as_json() for each in self.timings],
        }


def show(findings: LargeFigures, backbone: str, console: Console) -> None:
    """Print one backbone's table."""
    columns = ("side", "images/s", "utilisation", "ratio to the bare loop", "peak MiB")
    table = Table(*columns, title=f"{backbone}, {findings.hardware.precision}")
    for side in findings.sides(backbone):
        own = findings.of(backbone, side)
        memory = [each.peak_mib for each in own if each.peak_mib is not None]
        table.add_row(
            side,
            " ".join(f"{each.images_per_s:.4g}" for each in own),
            f"{findings.utilisation(backbone, side):.1%}",
            str(findings.ratio(backbone, side)),
            f"{max(memory):.0f}" if memory else "",
        )
    console.print(table)
    peak, source = findings.peak
    console.print(f"peak {peak / 1e12:.3g} TFLOP/s ({source}); wanted: a ratio of {SPEED_GOAL} at least")
    console.print("\n".join(findings.differences()) or "The same work on every side.")
