"""`python -m harness.dev.bench.accelerator.precision [--out bench]`: does training in 16 bits end where 32 bits end?"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from math import isfinite
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import torch

from harness.dev.bench.measure import speed_spec
from harness.dev.publish import publish
from harness.records.record import surroundings
from harness.spec.machine import Machine
from harness.spec.spec import Spec
from harness.training.hardware import find_hardware
from harness.training.run import run

BACKBONES = ("test_resnet", "test_vit")
PRECISIONS = ("float32", "bfloat16")

FIRST = 0.02
"""The largest relative difference of losses before step 0: bfloat16 has three digits."""

DOUBT, SLACK = 4.0, 0.02
"""Standard errors, and nats beside them, by which the mean difference of final test losses may be off zero."""


def compare(specs: Sequence[Spec], machine: Machine) -> dict[str, Any]:
    """Train each run in both precisions; losses of each, and what is wrong, one line each."""
    found: dict[str, dict[str, list[float]]] = {}
    for precision in PRECISIONS:
        records = [run(spec, machine.model_copy(update={"precision": precision, "monitors": False})) for spec in specs]
        found[precision] = {
            "initial_loss": [float(record.birth["initial_loss"]) for record in records],
            "test_loss": [float(record.metrics["loss"]) for record in records],
            "top1": [float(record.metrics["top1"]) for record in records],
            "train_s": [float(record.timing["train_s"]) for record in records],
        }
    return {"backbone": specs[0].backbone.name, **found, "faults": faults(*found.values())}


def faults(wide: dict[str, list[float]], narrow: dict[str, list[float]]) -> list[str]:
    """Where the same runs in fewer bits begin or end otherwise."""
    told = []
    for one, other in zip(wide["initial_loss"], narrow["initial_loss"], strict=True):
        if not abs(one - other) <= FIRST * abs(one):
            told.append(f"the loss before step 0 is {other:.4f}, {one:.4f} in 32 bits")
    differences = [other - one for one, other in zip(wide["test_loss"], narrow["test_loss"], strict=True)]
    if not all(map(isfinite, differences)):
        return [*told, f"test losses are {narrow['test_loss']}, and {wide['test_loss']} in 32 bits"]
    error = stdev(differences) / len(differences) ** 0.5 if len(differences) > 1 else 0.0
    if abs(mean(differences)) > DOUBT * error + SLACK:
        told.append(f"test losses are {mean(differences):+.3f} nats off those in 32 bits")
    return told


def main(arguments: Sequence[str] | None = None) -> int:
    """Full fine-tunings on the digits, by seeds, in 32 and in 16 bits; returns 1 where they do not agree."""
    parser = argparse.ArgumentParser(prog="python -m harness.dev.bench.accelerator.precision", description=main.__doc__)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N")
    parser.add_argument("--out", type=Path, default=Path("bench"), help="folder of precision.json")
    asked = parser.parse_args(arguments)
    machine, load = Machine(device=asked.device, threads=torch.get_num_threads()), os.getloadavg()
    told = [
        compare([speed_spec(name, asked.epochs, seed) for seed in range(asked.seeds)], machine) for name in BACKBONES
    ]
    found = {"machine": surroundings(find_hardware(machine).gpu), "load": list(load), "backbones": told}
    for each in told:
        top1 = ", ".join(f"{precision} {mean(each[precision]['top1']):.1f} %" for precision in PRECISIONS)
        print(f"{each['backbone']}: top-1 {top1}; {'; '.join(each['faults']) or 'they agree'}")
    wrong = [f"{each['backbone']}: {fault}" for each in told for fault in each["faults"]]
    return publish(asked.out / "precision.json", found, wrong)


if __name__ == "__main__":
    sys.exit(main())
