"""What tracking takes of a run: seconds for each run sent to MLflow, beside the run's own."""

from __future__ import annotations

import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from harness.execution.mlflow.settings import Settings, installed
from harness.execution.tracker import Tracker
from harness.records.store import read_record, write_record
from harness.spec.machine import Machine
from harness.spec.spec import Backbone, Data, Recipe, Spec, Transfer
from harness.spec.variants import load_variant
from harness.training.run import run

LONGEST_WAIT = 60.0
PAUSE = 0.01

LINEAR_PROBE, SHORT, GAP = "linear probe", "full, 2 epochs", "full, 10 epochs"


@dataclass(frozen=True)
class TrackingCost:
    """Seconds of runs of one kind and of sending them, one entry a run; what a sweep pays once stands apart.

    `in_sweep_s` is taken while the next run trains, so it holds the waiting for a core as well; `alone_s` is taken
    when nothing else runs, and `alone_cpu_s` is the CPU time to it, of all runs together.
    """

    kind: str
    run_s: list[float]
    in_sweep_s: list[float]
    alone_s: list[float]
    alone_cpu_s: float
    once_first_s: float
    once_s: float

    @property
    def seconds(self) -> float:
        """Tracking of one run in a sweep: the median."""
        return median(self.in_sweep_s)

    @property
    def fraction(self) -> float:
        """Of the runs' wall time, the part that tracking takes in a sweep."""
        return sum(self.in_sweep_s) / sum(self.run_s)

    @property
    def fraction_alone(self) -> float:
        """The same with tracking timed by itself."""
        return sum(self.alone_s) / sum(self.run_s)

    @property
    def cpu_per_run(self) -> float:
        """CPU seconds of tracking one run."""
        return self.alone_cpu_s / len(self.alone_s)

    def as_json(self) -> dict[str, Any]:
        """Fields, medians and fractions by name."""
        summary = {
            "in_sweep_median_s": self.seconds,
            "alone_median_s": median(self.alone_s),
            "alone_cpu_per_run_s": self.cpu_per_run,
            "share": self.fraction,
            "share_alone": self.fraction_alone,
        }
        return {**asdict(self), **summary}


def _spec(kind: str, seed: int) -> Spec:
    name, epochs = {LINEAR_PROBE: ("linear_probe", 5), SHORT: ("full", 2), GAP: ("full", 10)}[kind]
    return Spec(
        backbone=Backbone(name="test_efficientnet"),
        data=Data(name="digits", size=32),
        transfer=Transfer(name=name),
        recipe=Recipe(optimizer="adamw", epochs=epochs, batch_size=64),
        seed=seed,
    )


def tracking_cost(kind: str, runs: int, machine: Machine) -> TrackingCost | None:
    """Train `runs` runs and send each when it ends, as a sweep does; then send all again, to a second store.

    Both stores are SQLite files in a temporary folder. None where MLflow is not installed.

    Raises:
        RuntimeError: a record did not arrive.
    """
    if not installed():
        return None
    with tempfile.TemporaryDirectory() as folder:
        study_folder = Path(folder) / "runs" / "bench"
        study = {"name": "bench", "title": "", "claim": "", "cells": [kind], "overrides": []}
        tracker = _open(Path(folder) / "first", study, study_folder, runs)
        records, seconds = [], []
        for seed in range(runs):
            started = time.perf_counter()
            record = run(_spec(kind, seed), machine)
            write_record(study_folder, record)
            seconds.append(time.perf_counter() - started)
            sent = read_record(study_folder, record.run_id) or {}
            records.append(sent)
            tracker.log(sent)
        in_sweep = _close(tracker, runs)
        once_first = tracker.seconds - sum(in_sweep)
        tracker = _open(Path(folder) / "second", study, study_folder, runs)
        cpu = time.process_time()
        for sent in records:
            tracker.log(sent)
        alone = _close(tracker, runs)
        cpu = time.process_time() - cpu
        once = tracker.seconds - sum(alone)
    return TrackingCost(kind, seconds, in_sweep, alone, cpu, once_first, once)


def _open(store: Path, study: dict[str, Any], study_folder: Path, runs: int) -> Tracker:
    """A tracker whose store is there: import and the making of the tables are over."""
    store.mkdir(parents=True)
    settings = Settings(name="mlflow", uri=f"sqlite:///{store}/mlflow.db")
    tracker: Tracker = load_variant("harness.execution.tracking", "mlflow")(settings)
    tracker.start(study, study_folder, runs)
    until = time.monotonic() + LONGEST_WAIT
    while tracker.seconds == 0 and time.monotonic() < until:
        time.sleep(PAUSE)
    return tracker


def _close(tracker: Tracker, runs: int) -> list[float]:
    tracker.finish([], [], {})
    sent = list(tracker.run_seconds)
    if len(sent) != runs:
        raise RuntimeError(f"tracking sent {len(sent)} of {runs} runs")
    return sent
