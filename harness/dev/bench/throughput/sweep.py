"""The runs of a task by one executor, in a process of its own; prints one line of JSON as `script` does."""

from __future__ import annotations

import argparse
import json
import os
import resource
import tempfile
import time
from pathlib import Path

from harness.dev.bench.throughput.script import peak_mib
from harness.dev.bench.throughput.task import task_of
from harness.execution.choose import deal
from harness.spec.machine import Machine
from harness.spec.variants import load_variant


def main() -> None:
    """Train so many runs of a task; records are written, as in any sweep."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--task")
    parser.add_argument("--folder", type=Path, help="where its images lie")
    parser.add_argument("--executor")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--precision", default="float32")
    parser.add_argument("--runs", type=int)
    asked = parser.parse_args()
    task = task_of(asked.task)
    specs = [task.spec(number, asked.folder) for number in range(asked.runs)]
    function = load_variant("harness.execution.executors", asked.executor)
    wanted = Machine(device=asked.device, precision=asked.precision, threads=1, executor=asked.executor)
    _, machine = deal(wanted, len(specs))
    ready = time.time()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["HARNESS_CACHE"] = str(folder / "cache")  # its images are decoded here, not found decoded
        records = list(function(specs, machine, folder / "runs"))
    runs = [
        {
            "steps": record["metrics"].get("steps", 0),
            "images": round(record["timing"].get("train_images", 0)),
            "train_s": record["timing"]["train_s"],
            "val_loss": record["metrics"].get("val_loss"),
            "test_loss": record["metrics"].get("loss"),
        }
        for record in sorted(records, key=lambda record: (record["spec"]["seed"], record["spec"]["recipe"]["lr"]))
    ]
    used = {record["provenance"].get("executor") for record in records}
    if used != {asked.executor}:
        raise RuntimeError(f"asked for {asked.executor}, trained by {sorted(map(str, used))}")
    print(
        json.dumps(
            {
                "ready": ready,
                "runs": runs,
                "together": 1 if asked.executor in ("sequential", "graphed") else machine.workers,
                "pack": max((record["provenance"].get("pack") or 0) for record in records) or None,
                "peak_mib": max(peak_mib(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024),
            }
        )
    )


if __name__ == "__main__":
    main()
