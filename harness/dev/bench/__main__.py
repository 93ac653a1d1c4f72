"""`python -m harness.dev.bench [--repeats 3] [--out bench]`: what the harness costs on this machine."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import torch
from rich.console import Console

from harness.dev.bench.measure import BACKBONES, differences, measure
from harness.dev.bench.monitor_cost import monitor_costs
from harness.dev.bench.report import LoopFigures, show, write
from harness.dev.bench.throughput import measure as throughput
from harness.dev.bench.throughput.measure import unequal
from harness.dev.bench.throughput.report import as_json
from harness.dev.bench.throughput.report import show as show_throughput
from harness.dev.bench.throughput.report import write as write_throughput
from harness.dev.bench.tracking_cost import GAP, LINEAR_PROBE, SHORT, tracking_cost
from harness.spec.machine import Machine
from harness.training.hardware import find_hardware

LEAST_REPEATS = 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Time the harness against a bare loop and plain scripts, tracking and monitors; returns 1 where work differs."""
    parser = argparse.ArgumentParser(prog="python -m harness.dev.bench", description=main.__doc__)
    parser.add_argument("--repeats", type=int, default=LEAST_REPEATS, help=f"at least {LEAST_REPEATS}")
    parser.add_argument("--out", type=Path, default=Path("bench"), help="folder of bench.json and bench.png")
    parser.add_argument("--epochs", type=int, default=10, help="of a timed training")
    parser.add_argument("--runs", type=int, default=10, help="short runs that are tracked")
    parser.add_argument("--threads", type=int, default=1, help="of torch; a sweep gives each worker one")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:N or mps")
    asked = parser.parse_args(arguments)
    if asked.repeats < LEAST_REPEATS:
        parser.error(f"--repeats: {asked.repeats} say nothing about the spread; at least {LEAST_REPEATS}")
    load = os.getloadavg()
    torch.set_num_threads(asked.threads)
    machine = Machine(device=asked.device, threads=asked.threads)
    timings = [timing for name in BACKBONES for timing in measure(name, asked.epochs, asked.repeats, machine)]
    steps_per_epoch = timings[0].steps // asked.epochs
    monitors = [
        cost
        for name in BACKBONES
        for cost in monitor_costs(name, asked.epochs, steps_per_epoch, asked.repeats, machine)
    ]
    kinds = ((LINEAR_PROBE, asked.runs), (SHORT, asked.runs), (GAP, asked.repeats))
    tracking = [cost for kind, runs in kinds if (cost := tracking_cost(kind, runs, machine)) is not None]
    findings = LoopFigures(timings, monitors, tracking, machine, load)
    console = Console()
    show(findings, console)
    attempts, counted = throughput.measure(asked.repeats, str(find_hardware(machine).device))
    show_throughput(attempts, counted, console)
    told = as_json(attempts, counted, load, find_hardware(machine).gpu)
    for path in (*write(findings, asked.out), *write_throughput(told, attempts, asked.out)):
        console.print(str(path))
    return 1 if differences(timings) or unequal(attempts) else 0


if __name__ == "__main__":
    sys.exit(main())
