"""`python -m harness.dev.bench.pipeline [--repeats 3] [--out bench]`: speed and memory beside torchvision's."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from rich.console import Console

from harness.dev.bench.pipeline.measure import PipelineTiming, measure
from harness.dev.bench.pipeline.report import HARNESS, HARNESS_AGAIN, PipelineFigures, show, write
from harness.dev.bench.pipeline.sides import Epoch, harness_side, torchvision_side, write_photographs
from harness.dev.publish import keep

LEAST_REPEATS = 3
WORKERS = (0, 1, 2)
REAL = ("flowers5", "chestxray")


def main(arguments: Sequence[str] | None = None) -> int:
    """Time both sides by turns on made photographs, and on the real sets where HARNESS_ASSETS names them."""
    parser = argparse.ArgumentParser(prog="python -m harness.dev.bench.pipeline", description=main.__doc__)
    parser.add_argument("--repeats", type=int, default=LEAST_REPEATS, help=f"at least {LEAST_REPEATS}")
    parser.add_argument("--out", type=Path, default=Path("bench"), help="folder of pipeline.json and pipeline.png")
    parser.add_argument("--photographs", type=int, default=800, help="made photographs, at least 64")
    asked = parser.parse_args(arguments)
    if asked.repeats < LEAST_REPEATS:
        parser.error(f"--repeats: {asked.repeats} say nothing about the spread; at least {LEAST_REPEATS}")
    console = Console()
    findings = PipelineFigures()
    with tempfile.TemporaryDirectory(prefix="harness-pipeline-") as scratch:
        made = write_photographs(Path(scratch) / "photographs", asked.photographs)
        sets = {"photographs": (made, 224)}
        if assets := os.environ.get("HARNESS_ASSETS"):
            sets |= {name: (Path(assets) / "images" / name, 96) for name in REAL}
        for name, (folder, size) in sets.items():
            _compare(findings, name, folder, size, asked.repeats, Path(scratch))
            show(findings, name, console)
            sys.stdout.flush()
            keep(asked.out / "pipeline.json", findings.as_json())
    for path in write(findings, asked.out):
        console.print(str(path))
    return 0


def _compare(findings: PipelineFigures, name: str, folder: Path, size: int, repeats: int, scratch: Path) -> None:
    """torchvision's best way is found first; then the sides take turns, and each begins every second repeat."""
    ways: dict[str, Callable[[], Epoch]] = {
        f"torchvision, {'tensors' if tensors else 'PIL'}, {workers} workers": partial(
            torchvision_side, folder, size, workers, tensors
        )
        for tensors in (False, True)
        for workers in WORKERS
    }
    trials = [measure(way, 0, make) for way, make in ways.items()]
    findings.trials[name] = trials
    best = max(trials, key=lambda trial: trial.later).variant
    for repeat in range(1, repeats + 1):
        with tempfile.TemporaryDirectory(dir=scratch) as cache:
            ours = partial(harness_side, folder, size, Path(cache))
            turns: list[Callable[[], list[PipelineTiming]]] = [
                lambda ours=ours, repeat=repeat: [  # type: ignore[misc]
                    measure(HARNESS, repeat, ours),
                    measure(HARNESS_AGAIN, repeat, ours),
                ],
                lambda repeat=repeat: [measure(best, repeat, ways[best])],  # type: ignore[misc]
            ]
            for turn in turns if repeat % 2 else turns[::-1]:
                findings.measured.setdefault(name, []).extend(turn())


if __name__ == "__main__":
    sys.exit(main())
