"""How a plan is shown: each public function is a format."""

from __future__ import annotations

import json as library
from collections.abc import Iterator
from dataclasses import asdict

from harness.records.store import rounded
from harness.study.planning.plan import Disk, SweepPlan, Time

MANY = 10
"""Skipped configurations that are listed; the reasons of the others are counted."""

WIDTH = 11


def text(plan: SweepPlan) -> str:
    """A line or more on each: runs, skipped configurations, conflicts, time, disk."""
    lines = [f"{plan.study} in {plan.folder}: nothing is trained by a plan"]
    for title, told in (
        ("runs", _runs(plan)),
        ("skipped", _skipped(plan)),
        ("conflicts", (conflict.what for conflict in plan.conflicts)),
        ("time", _time(plan, plan.time)),
        ("disk", _disk(plan, plan.disk)),
    ):
        for position, line in enumerate(told):
            lines.append(f"{'' if position else title:{WIDTH}}{line}")
    return "\n".join(lines)


def _runs(plan: SweepPlan) -> Iterator[str]:
    again = f", {plan.failed_before} of them again after a failure" if plan.failed_before else ""
    yield f"{plan.runs} in {plan.cells} configurations: {plan.done} done already, {plan.to_train} to train{again}"
    if plan.looks:
        seeds = ", ".join(str(number) for number in plan.looks.seeds)
        yield f"that is the first look; looks at {seeds} seeds, at most {plan.looks.most_runs} runs"


def _skipped(plan: SweepPlan) -> Iterator[str]:
    for skip in plan.skipped[:MANY]:
        yield f"{skip.cell}: {skip.reason}"
    if len(plan.skipped) > MANY:
        yield f"and {len(plan.skipped) - MANY} more"


def _time(plan: SweepPlan, time: Time) -> Iterator[str]:
    if not plan.to_train:
        yield "none: nothing is left to train"
        return
    if time.seconds is None or time.low is None or time.high is None:
        yield f"unknown: no run in {plan.earlier} shares strategy and backbone with these, on {plan.device}"
        return
    workers = f"{plan.workers} workers" if plan.workers > 1 else "one worker"
    yield (
        f"about {_duration(time.seconds)} ({_duration(time.low)} to {_duration(time.high)}) on {plan.device} with "
        f"{workers}; start-up and report come on top"
    )
    for basis in time.basis:
        yield f"{basis.runs} by the median of {basis.records} earlier runs of the same {basis.alike}"
    if time.unknown:
        yield f"{time.unknown} unknown, and not counted: nothing like them is in {plan.earlier}"
    if time.elsewhere:
        yield f"earlier runs on other processors: {', '.join(time.elsewhere)}"


def _disk(plan: SweepPlan, disk: Disk) -> Iterator[str]:
    if not plan.to_train:
        return
    if disk.total is None or disk.each is None:
        yield f"unknown: no run folder in {plan.earlier}"
    else:
        yield f"about {_size(disk.total)}, {_size(disk.each)} a run (median of {disk.records} run folders)"


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"
    return f"{seconds / 60:.0f} min" if seconds < 90 * 60 else f"{seconds / 3600:.1f} h"


def _size(number: int) -> str:
    for unit in ("B", "KiB", "MiB"):
        if number < 1024:
            return f"{number:.0f} {unit}"
        number //= 1024
    return f"{number} GiB"


def json(plan: SweepPlan) -> str:
    """One object; times in seconds, sizes in bytes, and null where nothing is known."""
    return library.dumps(rounded(asdict(plan)), indent=1)
