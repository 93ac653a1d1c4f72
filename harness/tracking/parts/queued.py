"""A tracker that works in a thread of its own, so that the sweep neither waits for it nor fails with it."""

from __future__ import annotations

import atexit
import os
import queue
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from harness.tracking.parts.check import require
from harness.tracking.parts.errors import one_line
from harness.tracking.parts.location import Location, locate
from harness.tracking.parts.settings import Settings
from harness.tracking.parts.store import Store

FAREWELL_SECONDS = 5.0


class QueuedTracker:
    """Sends records to MLflow in the background. The first failure is told in one line and is the last.

    `seconds` is the time of all that the thread did, `run_seconds` that of each record sent.

    Raises:
        RequestError: MLflow is not installed, or the address is none that it understands.
    """

    def __init__(self, settings: Settings) -> None:
        require(settings)
        self._settings = settings
        self._location = locate(settings.uri)
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="tracking", daemon=True)
        self._failed = False
        self._store: Store | None = None
        self._folder = Path()
        self.seconds = 0.0
        self.run_seconds: list[float] = []

    def start(self, study: dict[str, Any], study_folder: Path, n_runs: int) -> None:
        """Open the experiment and the parent run, in the thread; returns at once."""
        self._folder = study_folder.absolute()
        self._jobs.put(lambda: self._open(study, n_runs))
        self._thread.start()
        atexit.register(self._interrupted)

    def log(self, record: dict[str, Any]) -> None:
        """Queue one record; returns at once."""
        self._jobs.put(lambda: self._send(record))

    def finish(self, answer_paths: list[Path], sentences: list[str], metrics: dict[str, float]) -> None:
        """Wait until all is sent, the answer last."""
        self._jobs.put(lambda: self._answer(answer_paths, sentences, metrics))
        self._jobs.put(None)
        self._thread.join()
        atexit.unregister(self._interrupted)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            if self._failed:
                continue
            started = time.perf_counter()
            try:
                job()
            except Exception as error:  # whatever a tracking store does, the sweep goes on
                self._failed = True
                line = farewell(self._location, self._settings, self._folder, error)
                print(line, file=sys.stderr, flush=True)
            self.seconds += time.perf_counter() - started

    def _open(self, study: dict[str, Any], n_runs: int) -> None:
        self._store = Store(self._location, study, n_runs)

    def _send(self, record: dict[str, Any]) -> None:
        started = time.perf_counter()
        if self._store is not None and self._store.send(record):
            self.run_seconds.append(time.perf_counter() - started)

    def _answer(self, paths: list[Path], sentences: list[str], metrics: dict[str, float]) -> None:
        if self._store is not None:
            self._store.parent.answer(sentences, metrics)
            self._store.parent.attach([path.absolute() for path in paths], self._folder)
            self._store.parent.close("FINISHED")

    def _interrupted(self) -> None:
        """The program ends without `finish`: do not leave a parent that seems to run for ever."""
        self._jobs.put(lambda: self._store.parent.close("KILLED") if self._store else None)
        self._jobs.put(None)
        self._thread.join(FAREWELL_SECONDS)


def farewell(location: Location, settings: Settings, folder: Path, error: BaseException) -> str:
    """What failed, that nothing is lost, and the command that sends the rest."""
    command = ["harness", "sync", f"study={folder.name}"]
    if folder.parent != Path("runs").absolute():
        command.append(f"out={os.path.relpath(folder.parent)}")
    if settings.uri is not None:
        command.append(f"tracking.uri={location.shown}")
    return (
        f"tracking: MLflow at {location.shown} failed ({one_line(error)}); the sweep goes on, its "
        f"records are kept; to send them later: {' '.join(command)}"
    )
