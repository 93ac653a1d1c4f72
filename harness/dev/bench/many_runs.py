"""`python -m harness.dev.bench.many_runs [--runs 1000] [--out FILE]`: many short runs in one process, without tracking.

Memory and open files are to stay where they are, and a run is to cost little beyond its training.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import torch

from harness.execution.executors.sequential import sequential
from harness.records.store import write_text
from harness.spec.machine import Machine
from harness.spec.spec import Spec

WARM_UP = 50
"""Runs in which caches fill."""

TRAINING = ("train_s", "eval_s", "features_s")
"""What a run is for; what it takes beyond that is the harness's."""


def specs(many: int) -> list[Spec]:
    """Linear probes of three epochs that differ in their seeds, two backbones in turn."""
    return [
        Spec.model_validate(
            {
                "backbone": {"name": ("test_resnet", "test_efficientnet")[seed % 2]},
                "data": {"name": "made", "samples": 200},
                "transfer": {"name": "linear_probe"},
                "recipe": {"epochs": 3},
                "seed": seed,
            }
        )
        for seed in range(many)
    ]


def memory_mib() -> float:
    """The process' resident memory."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def measured(many: int, machine: Machine) -> Iterator[dict[str, float]]:
    """Memory, open files, seconds in all, of the processor and beyond training after each run."""
    with tempfile.TemporaryDirectory(prefix="harness-many-runs-") as folder:
        began, worked = time.perf_counter(), time.process_time()
        for record in sequential(specs(many), machine, Path(folder)):
            seconds, timing = time.perf_counter() - began, record["timing"]
            yield {
                "memory_mib": memory_mib(),
                "files": len(os.listdir("/proc/self/fd")),
                "seconds": seconds,
                "processor_s": time.process_time() - worked,
                "beyond_s": seconds - sum(timing.get(part, 0.0) for part in TRAINING),
                "recorded_s": seconds - timing["total_s"],
            }
            began, worked = time.perf_counter(), time.process_time()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, and tell the median of the first and of the last tenth after the warm-up.

    What others compute on the machine meanwhile lengthens most runs: not the seconds of the processor, training
    included, and least of all the fastest tenth.
    """
    parser = argparse.ArgumentParser(prog="python -m harness.dev.bench.many_runs", description=main.__doc__)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--out", type=Path, help="file for the figures")
    asked = parser.parse_args(arguments)
    torch.set_num_threads(1)
    found = list(measured(asked.runs, Machine(device="cpu", threads=1)))[min(WARM_UP, asked.runs // 2) :]
    tenth = max(1, len(found) // 10)
    parts = {"first_tenth": found[:tenth], "last_tenth": found[-tenth:], "all": found}

    def of(name: str, rows: list[dict[str, float]]) -> float:
        return round(median(row[name] for row in rows), 4)

    told: dict[str, Any] = {
        "command": f"python -m harness.dev.bench.many_runs --runs {asked.runs}",
        **{name: {part: of(name, rows) for part, rows in parts.items()} for name in found[0]},
        "beyond_s_fastest_tenth": round(quantiles((row["beyond_s"] for row in found), n=10)[0], 4),
        "load": [round(load, 1) for load in os.getloadavg()],
        "cores": os.cpu_count(),
    }
    text = json.dumps(told, indent=1)
    print(text)
    if asked.out:
        write_text(asked.out, text + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
