"""`python -m harness.dev.bench.accelerator [--out bench/gpu]`: what a GPU gives, in eight minutes at most."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from harness.dev.publish import keep, publish
from harness.records.record import surroundings

LIMIT_S = 470.0

THROUGHPUT = ("harness.dev.bench.throughput", "--repeats", "1", "--single", "12")

PARTS: dict[str, tuple[str, ...]] = {
    "captures": ("harness.dev.bench.accelerator.captures",),
    "precision": ("harness.dev.bench.accelerator.precision",),
    "runs": (*THROUGHPUT, "--tasks", "full", "--swept", "64,256"),
    "photographs": ("harness.dev.bench.throughput", "--repeats", "1", "--tasks", "photographs"),
    "large": ("harness.dev.bench.large",),
    "probes": (*THROUGHPUT, "--tasks", "linear_probe", "--swept", "64"),
}
"""Modules and their arguments: whether captured steps compute what others do; whether 16 bits do; small runs in packs
of 32, run by run, captured and by scripts; a large model on photographs; large ones in memory; probes. What there is no
time for comes last."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run each part in a process of its own; 1 where one failed or found a difference, 2 without a CUDA device."""
    parser = argparse.ArgumentParser(prog="python -m harness.dev.bench.accelerator", description=main.__doc__)
    parser.add_argument("--out", type=Path, default=Path("bench/gpu"), help="folder of all results")
    parser.add_argument("--parts", default=",".join(PARTS), help=f"some of {','.join(PARTS)}")
    parser.add_argument("--limit", type=float, default=LIMIT_S, help="seconds in all; what is under way then ends")
    asked = parser.parse_args(arguments)
    names = asked.parts.split(",")
    if unknown := sorted(set(names) - set(PARTS)):
        parser.error(f"--parts: there is no {unknown[0]}; use some of {', '.join(PARTS)}")
    if not torch.cuda.is_available():
        print("error: needs a CUDA device, and torch finds none here", file=sys.stderr)
        return 2
    began, told = time.monotonic(), dict[str, Any]()
    for name in names:
        started = time.monotonic()
        told[name] = {"ended": _run(PARTS[name], asked.out / name, asked.limit - (started - began))}
        told[name]["seconds"] = time.monotonic() - started
        print(f"{name}: {told[name]['ended']} after {told[name]['seconds']:.0f} s", flush=True)
        found = {"machine": surroundings(torch.cuda.get_device_name()), "parts": told}
        keep(asked.out / "accelerator.json", found)
    wrong = [f"{name}: ended with {each['ended']}" for name, each in told.items() if each["ended"] != 0]
    return publish(asked.out / "accelerator.json", found, wrong)


def _run(part: Sequence[str], out: Path, left_s: float) -> int | str:
    """The exit code, or what came before it."""
    if left_s <= 0:
        return "left out, there was no time"
    try:
        return subprocess.run(
            [sys.executable, "-m", *part, "--device", "cuda", "--out", str(out)], timeout=left_s, check=False
        ).returncode
    except subprocess.TimeoutExpired:
        return "ended, there was no time"


if __name__ == "__main__":
    sys.exit(main())
