"""What a sweep would do: the plan, however it is shown."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Basis:
    """`runs` of the plan are estimated from `records` earlier runs that share with them what `alike` names."""

    alike: str
    runs: int
    records: int


@dataclass(frozen=True)
class Time:
    """Seconds until all is trained, start-up and report not counted; None where nothing like any run was trained.

    `low` and `high`: were every run as quick, or as slow, as the quickest and the slowest run like it. `unknown` runs
    are not in it. `elsewhere` names other processors that some of the earlier runs were computed on.
    """

    seconds: float | None
    low: float | None
    high: float | None
    unknown: int
    basis: tuple[Basis, ...]
    elsewhere: tuple[str, ...]


@dataclass(frozen=True)
class Disk:
    """Bytes of all runs to train, at `each` for one, the median of `records` earlier run folders; None: unknown."""

    total: int | None
    each: int | None
    records: int


@dataclass(frozen=True)
class Conflict:
    """What stands in the way; `refused`: the sweep would not start, or not end with an answer."""

    what: str
    refused: bool


@dataclass(frozen=True)
class Skip:
    """A configuration that is unavailable, and why."""

    cell: str
    reason: str


@dataclass(frozen=True)
class PlannedLooks:
    """Under `comparison.until_decided`: seeds at each look, and the runs of all configurations at the last one."""

    seeds: tuple[int, ...]
    most_runs: int


@dataclass(frozen=True)
class SweepPlan:
    """Runs and configurations of a sweep, those done already, those to train (among them some that failed before)."""

    study: str
    folder: str
    cells: int
    runs: int
    done: int
    to_train: int
    failed_before: int
    skipped: tuple[Skip, ...]
    conflicts: tuple[Conflict, ...]
    looks: PlannedLooks | None
    device: str
    executor: str
    workers: int
    earlier: str
    time: Time
    disk: Disk
