"""Kernels that a step of each executor launches, in a process of its own; prints one line of JSON."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from harness.dev.bench.throughput.script import kernels
from harness.dev.bench.throughput.task import PROBE, SINGLE, BenchTask, task_of
from harness.execution.executors import fused, graphed, probe
from harness.execution.packing.benchmark import STEPS, by_itself, in_pack
from harness.execution.packing.capture import StaticStep
from harness.execution.packing.packed_run import PackedRun
from harness.execution.packing.plan import agreed
from harness.spec.machine import GRAPHED, Machine
from harness.training.run import settle
from harness.training.setup import Setup
from harness.training.step import Step


def count(task: BenchTask, folder: Path, machine: Machine) -> dict[str, Any]:
    """Kernels by kind of step: of one run, and where it can be, captured and of a pack, with the number of its runs."""
    hardware = settle(machine)
    kind = probe.PACK_SPEC if task.name == PROBE else fused.PACK_SPEC
    members = [PackedRun(Setup(task.spec(number, folder), machine, hardware), hardware.device) for number in range(2)]
    way = None if task.photographs else agreed(kind, kind.structure(members[0]), members)
    size = kind.most(hardware.device)
    steps = {SINGLE: by_itself(members[0], Step, hardware)}
    if graphed.refusal(members[0].setup.spec, machine) is None:
        steps[GRAPHED] = by_itself(members[0], StaticStep, hardware)
    if way is not None:
        steps[kind.name] = in_pack(way, members, size, hardware)
    found = {}
    for name, take in steps.items():
        take()  # the first steps make what the optimizer holds
        found[name] = {"kernels": kernels(take) / STEPS, "runs": size if name == kind.name else 1}
    return found


def main() -> None:
    """Count the kernels of a task's steps."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--task")
    parser.add_argument("--folder", type=Path, help="where its images lie")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--precision", default="float32")
    asked = parser.parse_args()
    task = task_of(asked.task)
    print(
        json.dumps(
            count(
                task, asked.folder, Machine(device=asked.device, precision=asked.precision, threads=1, monitors=False)
            )
        )
    )


if __name__ == "__main__":
    main()
