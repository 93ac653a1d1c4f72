"""`python -m harness.dev.bench.large [--backbones resnet50,...] [--out bench]`: large models beside a bare loop."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from harness.dev.bench.large.flops import peak_flops, training_flops
from harness.dev.bench.large.report import LargeFigures, show
from harness.dev.bench.large.sides import SIZE, LargeTiming, images, sides_on, train
from harness.dev.publish import keep, publish
from harness.spec.machine import Machine
from harness.training.run import settle

BACKBONES = ("resnet50", "convnext_tiny", "vit_base_patch16_224")
LEAST_REPEATS = 3
BATCH, STEPS = {"cuda": 128, "cpu": 8}, {"cuda": 20, "cpu": 3}


def main(arguments: Sequence[str] | None = None) -> int:
    """Time every side by turns, in mixed precision where the device has it; returns 1 where the work differs."""
    parser = argparse.ArgumentParser(prog="python -m harness.dev.bench.large", description=main.__doc__)
    parser.add_argument("--backbones", default=",".join(BACKBONES), help="timm's names, with commas between them")
    parser.add_argument("--repeats", type=int, default=LEAST_REPEATS, help=f"at least {LEAST_REPEATS}")
    parser.add_argument("--batch-size", type=int, help=f"{BATCH['cuda']} on a GPU, {BATCH['cpu']} on a CPU")
    parser.add_argument("--steps", type=int, help=f"at least 2; {STEPS['cuda']} on a GPU, {STEPS['cpu']} on a CPU")
    parser.add_argument("--compile", action="store_true", help="the bare loop compiled, too, which takes minutes")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)), help="of torch; all cores")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N")
    parser.add_argument("--out", type=Path, default=Path("bench"), help="folder of large.json")
    asked = parser.parse_args(arguments)
    machine = Machine(device=asked.device, threads=asked.threads)
    load, hardware, console = os.getloadavg(), settle(machine), Console()
    kind = "cuda" if hardware.device.type == "cuda" else "cpu"
    batch_size, steps = asked.batch_size or BATCH[kind], asked.steps or STEPS[kind]
    if asked.repeats < LEAST_REPEATS or steps < 2:
        parser.error(f"--repeats {asked.repeats} --steps {steps}: at least {LEAST_REPEATS} and 2, to say anything")
    backbones = asked.backbones.split(",")
    findings = LargeFigures(
        timings=[],
        flops={name: training_flops(name, SIZE) for name in backbones},
        peak=peak_flops(hardware.device, hardware.precision),
        hardware=hardware,
        load=load,
    )
    made, warm = images(steps * batch_size), images(2 * batch_size)
    sides = sides_on(hardware.device, asked.compile)
    for name in backbones:
        for side in sides:
            train(side, name, 0, warm, batch_size, machine)  # not counted
        for repeat in range(asked.repeats):
            for position, side in enumerate(sides if repeat % 2 == 0 else sides[::-1]):
                fields = train(side, name, repeat, made, batch_size, machine)
                timing = LargeTiming(backbone=name, side=side, repeat=repeat, position=position, **fields)
                findings.timings.append(timing)
        show(findings, name, console)
        sys.stdout.flush()
        keep(asked.out / "large.json", findings.as_json())
    return publish(asked.out / "large.json", findings.as_json(), findings.differences())


if __name__ == "__main__":
    sys.exit(main())
