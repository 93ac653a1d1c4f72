"""Where a record comes from: commit, versions, machine."""

from __future__ import annotations

import os
import platform
import subprocess
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import harness

PACKAGES = ("torch", "torchvision", "timm", "hydra-core", "mlflow", "numpy", "pandas", "scikit-learn")


def now() -> str:
    """The time in ISO form, UTC."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


@cache
def _git(*arguments: str) -> str | None:
    try:
        done = subprocess.run(
            # A lock that `status` takes to refresh the index would be left by a process that is killed.
            ["git", "--no-optional-locks", "-C", str(Path(harness.__file__).parent), *arguments],
            capture_output=True, text=True, timeout=10, check=True,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


@cache
def processor() -> str:
    """The name of the processor, as the operating system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


@cache
def surroundings(gpu: str | None = None) -> dict[str, Any]:
    """Commit, versions and hardware; the same for every run of a process."""
    return {
        "git_commit": _git("rev-parse", "HEAD"),
        "git_dirty": bool(_git("status", "--porcelain", "--untracked-files=no")),
        "versions": {
            "harness": harness.__version__,
            "python": platform.python_version(),
            **{package: found for package in PACKAGES if (found := _version(package))},
        },
        "hardware": {"cpu": processor(), "cores": len(os.sched_getaffinity(0)), "gpu": gpu},
    }
