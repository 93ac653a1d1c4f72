"""What a run leaves behind: its record, and its answers to the test images; and where a record comes from."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

import harness

MOST_CLASSES = 20
"""Beyond so many classes probabilities would make most of a study's size."""

_LEAST = -1e4  # half precision ends at 65,504


@dataclass(frozen=True)
class Predictions:
    """The answer to every test image, in the order of the test set.

    `label` and `predicted` are class indices, `loss` is the cross-entropy in nats; one entry an image each. Where there
    are 20 classes at most, `log_probability` [N, C] holds the log-softmax, `operating` [N, C] which classes are said
    where a specificity is kept. `group` holds a code for each image's group. All but the first two may be missing: in
    old files, and in an archive.
    """

    label: npt.NDArray[np.int16]
    predicted: npt.NDArray[np.int16]
    loss: npt.NDArray[np.float32] | None = None
    log_probability: npt.NDArray[np.float16] | None = None
    group: npt.NDArray[np.int32] | None = None
    operating: npt.NDArray[np.bool_] | None = None

    def arrays(self) -> dict[str, Any]:
        """The arrays that there are, by name."""
        found = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: array for name, array in found.items() if array is not None}


def compact(log_probability: npt.NDArray[np.floating]) -> npt.NDArray[np.float16] | None:
    """Half precision, which is finest near a probability of 1; None for more than 20 classes."""
    if log_probability.shape[1] > MOST_CLASSES:
        return None
    halved: npt.NDArray[np.float16] = np.maximum(log_probability, _LEAST).astype(np.float16)
    return halved


def group_codes(groups: tuple[str, ...] | None) -> npt.NDArray[np.int32] | None:
    """The groups' names as numbers."""
    return None if groups is None else np.unique(groups, return_inverse=True)[1].astype(np.int32)


Status = Literal["finished", "diverged", "failed"]


@dataclass(frozen=True)
class Record:
    """Spec, status, initial diagnostics (`birth`), curve, metrics, statistics, timing and provenance of one run.

    `metrics` holds fractions in percent and losses in nats, those of the validation part with the prefix `val_`;
    `timing` holds seconds; `probes` what the optional monitors measured, by their names. `evaluation` says how the test
    part was handled where that was not proper, and what it cost beside a proper evaluation (seconds, bytes); the proper
    metrics then have the prefix `proper_`. A run that diverged or failed has a `reason` and what was known until then.
    """

    run_id: str
    cell_id: str
    spec: dict[str, Any]
    status: Status
    reason: str | None = None
    data: dict[str, Any] = field(default_factory=dict)
    birth: dict[str, Any] = field(default_factory=dict)
    curve: list[dict[str, Any]] = field(default_factory=list)
    metrics: dict[str, Any] = field(default_factory=dict)
    evaluation: dict[str, Any] = field(default_factory=dict)
    statistics: list[dict[str, Any]] = field(default_factory=list)
    probes: dict[str, Any] = field(default_factory=dict)
    timing: dict[str, float] = field(default_factory=dict)
    provenance: dict[str, Any] = field(default_factory=dict)
    predictions: Predictions | None = field(default=None, repr=False)

    def as_json(self) -> dict[str, Any]:
        """Everything but the predictions, which lie beside the record in a file of their own; nothing is copied."""
        return {each.name: getattr(self, each.name) for each in fields(self) if each.name != "predictions"}


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


def versions_of(packages: Iterable[str]) -> dict[str, str]:
    """The versions of those packages that are installed."""
    return {package: found for package in packages if (found := _version(package))}


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
            **versions_of(PACKAGES),
        },
        "hardware": {"cpu": processor(), "cores": len(os.sched_getaffinity(0)), "gpu": gpu},
    }
