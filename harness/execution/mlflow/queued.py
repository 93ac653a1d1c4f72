"""A tracker that works in a thread of its own, so that the sweep neither waits for it nor fails with it."""

from __future__ import annotations

import atexit
import os
import queue
import shlex
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from harness.execution.mlflow.client import TrackingError, one_line
from harness.execution.mlflow.settings import Location, Settings, locate, require
from harness.execution.mlflow.store import Store
from harness.execution.mlflow.sync import send_missing
from harness.records.archive import read_records

FAREWELL_SECONDS = 5.0
RETRY_SECONDS = 30.0
LAST_SECONDS, LAST_SECONDS_EACH = 60.0, 1.0
"""How long the end of a sweep waits for its store: so long, and so long for each run; usual is 0.1 s a run."""

Job = Callable[[Store], None]


class QueuedTracker:
    """Sends records to MLflow in the background.

    A store that fails is tried again every 30 seconds, and once more at the end; when it answers, it gets what it
    lacks from the records on disk, so that nothing waits in memory meanwhile. A record that it refuses, though it
    answers, is left out and told. Of a store that is slow the end of the sweep waits for a minute and a second for each
    run, and leaves the rest to `harness sync`.

    `seconds` is the time of all that the thread did, `run_seconds` that of each record sent as it came.

    Raises:
        RequestError: MLflow is not installed, or the address is none that it understands.
    """

    def __init__(self, settings: Settings) -> None:
        require(settings)
        self._settings = settings
        self._location = locate(settings.uri)
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="tracking", daemon=True)
        self._study: dict[str, Any] = {}
        self._folder, self._n_runs = Path(), 0
        self._store: Store | None = None
        self._failure: Exception | None = None
        self._retry_at = 0.0
        self._ending = False
        self.seconds = 0.0
        self.run_seconds: list[float] = []

    def start(self, study: dict[str, Any], study_folder: Path, n_runs: int) -> None:
        """Open the experiment and the parent run, in the thread; returns at once."""
        self._study, self._folder, self._n_runs = study, study_folder.absolute(), n_runs
        self._jobs.put(_nothing)
        self._thread.start()
        atexit.register(self._interrupted)

    def log(self, record: dict[str, Any]) -> None:
        """Queue one record; returns at once."""
        self._jobs.put(lambda store: self._send(store, record))

    def finish(self, answer_paths: list[Path], sentences: list[str], metrics: dict[str, float]) -> None:
        """Wait until all is sent, the answer last; not for a store that is away, and not for ever."""
        paths = [path.absolute() for path in answer_paths]

        self._end(lambda store: store.answer(sentences, metrics, paths))
        patience = LAST_SECONDS + LAST_SECONDS_EACH * self._n_runs
        self._thread.join(patience)
        atexit.unregister(self._interrupted)
        failure = self._failure
        if self._thread.is_alive():
            failure = TrackingError(f"not all was sent within {patience:g} s")
        if failure is not None:
            _say(farewell(self._location, self._settings, self._folder, failure))

    def _end(self, last: Job) -> None:
        self._ending = True
        self._jobs.put(last)
        self._jobs.put(None)

    def _interrupted(self) -> None:
        """The program ends without `finish`: do not leave a parent that seems to run for ever."""
        self._end(lambda store: store.parent.close("KILLED"))
        self._thread.join(FAREWELL_SECONDS)

    def _work(self) -> None:
        while True:
            try:
                job = self._jobs.get(timeout=None if self._failure is None else RETRY_SECONDS)
            except queue.Empty:
                job = _nothing
            if job is None:
                return
            started = time.perf_counter()
            # At the end one more attempt is made, for the last job: the others are on disk, and come with it.
            if self._failure is None or (self._jobs.qsize() <= 1 if self._ending else started >= self._retry_at):
                self._try(job)
            self.seconds += time.perf_counter() - started

    def _try(self, job: Job) -> None:
        try:
            if self._store is None:
                self._store = Store(self._location, self._study, self._folder, self._n_runs)
                if self._failure is not None:
                    self._catch_up(self._store)
            job(self._store)
        except Exception as error:  # whatever a tracking store does, the sweep goes on
            if self._failure is None and not self._ending:
                _say(
                    f"tracking: MLflow at {self._location.shown} failed ({one_line(error)}); the sweep goes on, and it "
                    f"is tried again every {RETRY_SECONDS:g} s"
                )
            self._store, self._failure = None, error
            self._retry_at = time.perf_counter() + RETRY_SECONDS

    def _catch_up(self, store: Store) -> None:
        """Send what came while the store was away."""
        sent, refused = send_missing(store, self._location, read_records(self._folder))
        for run, why in refused.items():
            _say(f"tracking: MLflow at {self._location.shown} refuses {run} ({why})")
        self._failure = None
        _say(f"tracking: MLflow at {self._location.shown} answers again; {sent} runs sent")

    def _send(self, store: Store, record: dict[str, Any]) -> None:
        started = time.perf_counter()
        if store.send(record):
            self.run_seconds.append(time.perf_counter() - started)


def _nothing(store: Store) -> None:
    """To open the store is all that is asked."""


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def farewell(location: Location, settings: Settings, folder: Path, error: BaseException) -> str:
    """What failed, that nothing is lost, and the command that sends the rest."""
    command = ["harness", "sync", f"study={folder.name}"]
    if folder.parent != Path("runs").absolute():
        command.append(f"out={os.path.relpath(folder.parent)}")
    if settings.uri is not None:
        command.append(f"tracking.uri={location.shown}")
    return (
        f"tracking: MLflow at {location.shown} failed ({one_line(error)}); the records are kept; to send what it "
        f"lacks: {shlex.join(command)}"
    )
