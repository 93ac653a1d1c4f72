"""One study in one MLflow store: an experiment, a parent run, and the records as its children."""

from __future__ import annotations

import hashlib
import json
import math
import os
import tempfile
import time
from pathlib import Path
from typing import Any

from filelock import FileLock

from harness.execution.mlflow import fields
from harness.execution.mlflow.client import connect, search, write
from harness.execution.mlflow.experiment import open_experiment
from harness.execution.mlflow.fields import TAG_LENGTH, MetricValue, key
from harness.execution.mlflow.files import TABLE_TAG, datasets, write_files
from harness.execution.mlflow.naming import title
from harness.execution.mlflow.settings import Location
from harness.records.store import rounded

SWEEP = "harness.sweep"
"""Hash of the sweep's configurations: the sweep that is started again, or with more seeds, is the same."""


def _tags(study: dict[str, Any], n_runs: int | None) -> dict[str, str]:
    configurations = study.get("cells") or []
    tags = {
        SWEEP: hashlib.sha256(json.dumps(sorted(configurations)).encode()).hexdigest()[:12],
        "overrides": " ".join(study.get("overrides") or []),
        "configurations": str(len(configurations)),
        "skipped": str(len(study.get("skipped") or [])),
        "runs": "" if n_runs is None else str(n_runs),
        "mlflow.source.name": "harness",
    }
    return {name: value[:TAG_LENGTH] for name, value in tags.items() if value}


class Parent:
    """The parent run of one sweep; a sweep that is started again goes on in the parent that it has."""

    def __init__(self, client: Any, experiment: str, study: dict[str, Any], n_runs: int | None) -> None:
        self._client = client
        tags = _tags(study, n_runs)
        found = search(client, experiment, f"tags.`{SWEEP}` = '{tags[SWEEP]}'")
        if found:
            self.run: str = found[-1].info.run_id
            client.update_run(self.run, status="RUNNING")
            write(client, self.run, [], {}, tags)
        else:
            prose = [text for text in (study.get("title"), study.get("claim")) if text]
            tags["mlflow.note.content"] = "\n\n".join(prose)[:TAG_LENGTH]
            name = f"sweep: {study['name']}"
            self.run = client.create_run(experiment, tags=tags, run_name=name).info.run_id

    def answer(self, sentences: list[str], metrics: dict[str, float]) -> None:
        """The answer in words, which the UI shows as Markdown, and in numbers."""
        now = round(time.time() * 1000)
        points = [MetricValue(key(name), value, now, 0) for name, value in metrics.items() if math.isfinite(value)]
        note = "\n\n".join(sentences)[:TAG_LENGTH]
        write(self._client, self.run, points, {}, {"mlflow.note.content": note} if note else {})

    def attach(self, paths: list[Path], root: Path) -> None:
        """Add files, at their place below `root`, or at the top where they lie elsewhere."""
        for path in paths:
            inside = path.parent.relative_to(root).as_posix() if path.is_relative_to(root) else "."
            self._client.log_artifact(self.run, str(path), None if inside == "." else inside)

    def close(self, status: str) -> None:
        """End the run as `FINISHED` or `KILLED`."""
        self._client.set_terminated(self.run, status)


SENT = "harness.sent"
"""When the record was finished; it comes with the last of a child's data. Without it a child is half sent."""

SUPERSEDED = "harness.superseded"


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
        return is_new

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
