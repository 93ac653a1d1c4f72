"""`python -m harness.dev.bench.builds FOLDER`: whole commands of this build against those of another, side by side.

FOLDER is a work tree of the other commit, as `git worktree add FOLDER COMMIT` makes it; both run in this environment.
The study on bundled weights (896 runs, called `gap` before it got its name) is planned, planned again when what its
models were checked for is known, trained, and started a second time with nothing to train; a bundled network is
audited. The sides take turns, the first of a pair being second in the next. Wall and CPU seconds of each command with
all its processes are kept, in `results/bench/builds.json`. For an idle machine: it notes the load. `--only` measures
some of the commands, in this order.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from harness.dev.publish import publish

HERE = Path(__file__).parents[3]
STUDY = "+experiment=STUDY"
COMMANDS = {
    "plan": ("plan", "-m", STUDY),
    "plan again": ("plan", "-m", STUDY),
    "audit": ("audit", "backbone=test_efficientnet", "data=digits"),
    "study": ("-m", STUDY, "tracking=none"),
    "second start": ("-m", STUDY, "tracking=none"),
}


def measured(build: Path, words: tuple[str, ...], out: Path) -> dict[str, float]:
    """Wall and CPU seconds of one command of a build, whose runs go to `out`."""
    names = {path.stem for path in (build / "experiments").glob("*.yaml")}
    study = "gap_bundled" if "gap_bundled" in names else "gap"
    line = [sys.executable, "-m", "harness", *(word.replace("STUDY", study) for word in words), f"out={out}"]
    kept = {key: value for key, value in os.environ.items() if key not in ("HARNESS_ASSETS", "PYTHONPATH")}
    environment = {**kept, "PYTHONPATH": str(build), "HARNESS_CACHE": str(out / "cache")}
    out.mkdir(parents=True, exist_ok=True)
    begun = time.perf_counter()
    child = subprocess.Popen(line, cwd=out, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    wall = time.perf_counter() - begun
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{' '.join(line)} ended with {child.returncode}")
    return {"wall_s": round(wall, 2), "cpu_s": round(used.ru_utime + used.ru_stime, 2)}


def ratios(times: dict[str, dict[str, list[dict[str, float]]]]) -> dict[str, dict[str, float]]:
    """For each command this build's seconds over the other's, the median of the pairs."""
    return {
        command: {
            kind: round(
                statistics.median(ours[kind] / other[kind] for ours, other in zip(*sides.values(), strict=True)), 3
            )
            for kind in ("wall_s", "cpu_s")
        }
        for command, sides in times.items()
    }


def main() -> int:
    """Take turns, and publish what was measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("other", type=Path, help="a work tree of the other commit")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=list(COMMANDS), default=list(COMMANDS))
    parser.add_argument("--to", type=Path, default=Path("results/bench/builds.json"))
    given = parser.parse_args()
    builds = {"this": HERE, "other": given.other.absolute()}
    asked = {command: words for command, words in COMMANDS.items() if command in given.only}
    times: dict[str, Any] = {command: {side: [] for side in builds} for command in asked}
    loads = []
    for repeat in range(given.repeats):
        with tempfile.TemporaryDirectory() as folder:
            for command, words in asked.items():
                for side in list(builds)[:: 1 if repeat % 2 == 0 else -1]:
                    loads.append(round(os.getloadavg()[0], 2))
                    times[command][side].append(measured(builds[side], words, Path(folder) / side))
                    print(repeat, command, side, times[command][side][-1], flush=True)
    commits = {
        side: subprocess.run(
            ["git", "-C", str(build), "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True
        ).stdout.strip()
        for side, build in builds.items()
    }
    told = {"commits": commits, "cores": os.cpu_count(), "load_before": loads, "times": times, "ratios": ratios(times)}
    return publish(given.to, told)


if __name__ == "__main__":
    sys.exit(main())
