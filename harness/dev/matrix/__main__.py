"""`python -m harness.dev.matrix [--whole]`: the covering sample, or every combination, one step of training each.

Results go into a table; a second start goes on where the first was stopped, and other library versions start anew.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import tempfile
import warnings
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

import torch

from harness.dev.matrix.axes import Combination, covering, whole
from harness.dev.matrix.table import MatrixTable
from harness.dev.matrix.trial import BROKEN, Bench
from harness.study.progress import Progress

TOGETHER = 60
"""Combinations that a worker tries before it hands over their rows."""

_bench: Bench | None = None


def _start(folder: str) -> None:
    global _bench
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    _bench = Bench(Path(tempfile.mkdtemp(dir=folder)))


def _attempt(combinations: Sequence[Combination]) -> list[tuple[Combination, str, str]]:
    assert _bench is not None
    return [(combination, *_bench.attempt(combination)) for combination in combinations]


def main(arguments: Sequence[str] | None = None) -> int:
    """Try what is missing; returns 1 where a combination broke."""
    parser = argparse.ArgumentParser(prog="python -m harness.dev.matrix", description=main.__doc__)
    parser.add_argument("--whole", action="store_true", help="every combination, not the sample that covers all pairs")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path, default=Path("results/conformance"))
    asked = parser.parse_args(arguments)
    table = MatrixTable(asked.out, "matrix" if asked.whole else "covering")
    combinations = sorted(whole()) if asked.whole else covering()
    missing = [combination for combination in combinations if combination not in table.known]
    print(
        f"{len(combinations)} combinations, {len(combinations) - len(missing)} known, {len(missing)} to try",
        file=sys.stderr,
    )
    parts = [missing[start : start + TOGETHER] for start in range(0, len(missing), TOGETHER)]
    with (
        tempfile.TemporaryDirectory() as folder,
        Progress(len(missing), "combinations tried", asked.workers) as progress,
        ProcessPoolExecutor(asked.workers, multiprocessing.get_context("fork"), _start, (folder,)) as pool,
    ):
        for done in as_completed([pool.submit(_attempt, combinations) for combinations in parts]):
            for combination, status, reason in done.result():
                table.add(combination, status, reason.replace(folder, "..."))
                progress.ended(f"{status}: {combination}: {reason}" if status == BROKEN else "", status == BROKEN)
            table.write()
    counts = Counter(status for status, _ in table.known.values())
    print(", ".join(f"{count} {status}" for status, count in sorted(counts.items())))
    if counts[BROKEN]:
        print("the committed table stays as it was", file=sys.stderr)
        return 1
    print(table.publish())
    return 0


if __name__ == "__main__":
    sys.exit(main())
