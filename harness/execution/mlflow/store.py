"""One study in one MLflow store: an experiment, a parent run, and the records as its children."""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from filelock import FileLock

from harness.execution.mlflow import fields
from harness.execution.mlflow.client import connect, search, write
from harness.execution.mlflow.comparison import MethodComparison
from harness.execution.mlflow.description import describe, in_markdown, is_answered
from harness.execution.mlflow.experiment import open_experiment, set_views
from harness.execution.mlflow.files import TABLE_TAG, datasets, write_files
from harness.execution.mlflow.methods import show
from harness.execution.mlflow.naming import title
from harness.execution.mlflow.parent import Parent
from harness.execution.mlflow.settings import Location
from harness.records.archive import read_records
from harness.records.store import rounded

SENT = "harness.sent"
"""When the record was finished; it comes with the last of a child's data. Without it a child is half sent."""

SUPERSEDED = "harness.superseded"

SHOWN_EVERY_SECONDS, MOST_SHOWING = 10.0, 20.0
"""How often the comparison follows while a sweep goes on, and how many times as long as that took at least."""


def _lock(study_folder: Path) -> FileLock:
    """Held while a record is sent; in the folder for temporary files, as a study's folder may not be ours to write."""
    name = hashlib.sha256(str(study_folder.resolve()).encode()).hexdigest()[:16]
    return FileLock(Path(tempfile.gettempdir()) / f"harness-{os.getuid()}-{name}.lock")


def _is_whole(run: Any) -> bool:
    """Whether all of a child is there, under today's names."""
    return SENT in run.data.tags and fields.METHOD in run.data.tags


def _finished(record: dict[str, Any]) -> str:
    return (record.get("provenance") or {}).get("finished") or "unknown"


class Store:
    """The opened store of a study; it knows which records are there already.

    Raises:
        TrackingError: nothing listens at the server's address.
    """

    def __init__(
        self, location: Location, study: dict[str, Any], study_folder: Path, n_runs: int | None = None
    ) -> None:
        self._client = connect(location)
        self._study, self._folder = study, study_folder
        self._lock = _lock(study_folder)
        with self._lock:  # or two sweeps that begin at once would make two of each
            self._experiment = open_experiment(self._client, location, study)
            self.parent = Parent(self._client, self._experiment, study, n_runs)
        self._arms = study.get("arms") or fields.ARMS
        self._sent: dict[str, set[str]] = {}
        self._half_sent: set[str] = set()
        for run in search(self._client, self._experiment, f"tags.`{fields.RUN_ID}` LIKE '%'"):
            run_id = run.data.tags[fields.RUN_ID]
            if _is_whole(run):
                self._sent.setdefault(run_id, set()).add(run.data.tags[SENT])
            elif SENT not in run.data.tags:
                self._half_sent.add(run_id)
        self._show_again_at = time.monotonic() + SHOWN_EVERY_SECONDS

    def send(self, record: dict[str, Any]) -> bool:
        """Send one record, unless it is there already; returns whether it was sent.

        A child that an interruption left half sent is completed; a second one, which MLflow made though its answer
        was lost, is deleted. An older record of the same run (it had failed, or was trained anew) stays, with a tag
        that names its successor. One that an earlier version sent gets today's names beside its own. Processes of one
        machine that send the same study take turns, and each looks first whether another one was quicker.
        """
        record = {**rounded(record), "spec": record["spec"]}  # as it is on disk, from where it may be sent again
        run_id, finished = record["run_id"], _finished(record)
        if finished in self._sent.get(run_id, ()) and run_id not in self._half_sent:
            return False
        with self._lock:
            there = search(self._client, self._experiment, f"tags.`{fields.RUN_ID}` = '{run_id}'")
            sent = {run.data.tags[SENT]: run for run in there if SENT in run.data.tags}
            half_sent = [run.info.run_id for run in there if SENT not in run.data.tags]
            is_new = finished not in sent
            if is_new:
                child = self._complete(record, half_sent)
                for run in sent.values():
                    self._client.set_tag(run.info.run_id, SUPERSEDED, child)
            elif not _is_whole(sent[finished]):
                self._fill(record, sent[finished].info.run_id, {})
            for run in half_sent:
                self._client.delete_run(run)
            self._sent[run_id] = {*sent, finished}
            self._half_sent.discard(run_id)
            if time.monotonic() > self._show_again_at:
                self._show(ended=False)
        return is_new

    @property
    def is_answered(self) -> bool:
        """Whether the answer is there already."""
        return is_answered(self._client, self._experiment, self._study)

    def answer(self, sentences: Sequence[str], metrics: dict[str, float], paths: list[Path]) -> None:
        """End the sweep with its answer: in lines, as Markdown, in numbers, and as files."""
        with self._lock:
            self._show(ended=True)
        note = in_markdown(sentences, self._study, self._experiment, self.parent.run, paths) if sentences else ""
        self.parent.answer(note, metrics)
        self.parent.attach(paths, self._folder)
        if note:
            describe(self._client, self._experiment, self._study, note)
        self.parent.close("FINISHED")

    def _show(self, ended: bool) -> None:
        """Write the comparison as the records on disk have it, for other processes may have written some."""
        began = time.monotonic()
        comparison = MethodComparison(self._study, read_records(self._folder))
        show(self._client, self._experiment, comparison, round(time.time() * 1000), ended)
        set_views(self._client, self._experiment, self._study, comparison)
        now = time.monotonic()
        self._show_again_at = now + max(SHOWN_EVERY_SECONDS, MOST_SHOWING * (now - began))

    def _complete(self, record: dict[str, Any], half_sent: list[str]) -> str:
        child = half_sent.pop(0) if half_sent else self._create(record)
        if inputs := datasets(record):
            self._client.log_inputs(child, inputs)
        status = "FAILED" if record["status"] == "failed" else "FINISHED"
        ended = fields.milliseconds((record.get("provenance") or {}).get("finished"))
        self._client.set_terminated(child, status, end_time=ended or None)
        self._fill(record, child, fields.parameters(record))
        return child

    def _fill(self, record: dict[str, Any], child: str, params: dict[str, str]) -> None:
        with tempfile.TemporaryDirectory() as folder:
            write_files(record, Path(folder))
            self._client.log_artifacts(child, folder)
        tags = fields.tags(record, self._arms) | {SENT: _finished(record)}
        write(self._client, child, fields.points(record), params, tags)

    def _create(self, record: dict[str, Any]) -> str:
        started = fields.milliseconds((record.get("provenance") or {}).get("started"))
        tags = {fields.RUN_ID: record["run_id"], "mlflow.parentRunId": self.parent.run}
        if record.get("statistics"):
            tags |= TABLE_TAG
        run = self._client.create_run(
            self._experiment, start_time=started or None, tags=tags, run_name=title(record["spec"])
        )
        return str(run.info.run_id)
