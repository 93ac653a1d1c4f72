"""One study in one MLflow store: an experiment, a parent run, and the records as its children.

Nothing here guards against a store that fails; `queued` and `sync` do.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from harness.tracking.parts import fields
from harness.tracking.parts.client import connect, search, write
from harness.tracking.parts.experiment import open_experiment
from harness.tracking.parts.files import TABLE_TAG, write_files
from harness.tracking.parts.location import Location
from harness.tracking.parts.naming import title
from harness.tracking.parts.parent import Parent

SENT = "harness.sent"
"""When the record was finished; it comes with the last of a child's data. Without it a child is half sent."""

SUPERSEDED = "harness.superseded"


def _finished(record: dict[str, Any]) -> str:
    return (record.get("provenance") or {}).get("finished") or "unknown"


class Store:
    """The opened store of a study; it knows which records are there already.

    Raises:
        TrackingError: nothing listens at the server's address.
    """

    def __init__(self, location: Location, study: dict[str, Any], n_runs: int | None = None) -> None:
        self._client = connect(location)
        self._experiment = open_experiment(self._client, location, study)
        self._sent: dict[str, dict[str, str]] = {}
        self._half_sent: dict[str, str] = {}
        for run in search(self._client, self._experiment, f"tags.`{fields.RUN_ID}` LIKE '%'"):
            run_id, sent = run.data.tags[fields.RUN_ID], run.data.tags.get(SENT)
            if sent is None:
                self._half_sent[run_id] = run.info.run_id
            else:
                self._sent.setdefault(run_id, {})[sent] = run.info.run_id
        self.parent = Parent(self._client, self._experiment, study, n_runs)

    def send(self, record: dict[str, Any]) -> bool:
        """Send one record, unless it is there already; returns whether it was sent.

        A child that an interruption left half sent is completed. An older record of the same run (it had
        failed, or was trained anew) stays, with a tag that names its successor.
        """
        finished, older = _finished(record), self._sent.setdefault(record["run_id"], {})
        if finished in older:
            return False
        child = self._half_sent.pop(record["run_id"], None) or self._create(record)
        with tempfile.TemporaryDirectory() as folder:
            write_files(record, Path(folder))
            self._client.log_artifacts(child, folder)
        status = "FAILED" if record["status"] == "failed" else "FINISHED"
        ended = fields.milliseconds((record.get("provenance") or {}).get("finished"))
        self._client.set_terminated(child, status, end_time=ended or None)
        tags = fields.tags(record) | {SENT: finished}
        write(self._client, child, fields.points(record), fields.parameters(record), tags)
        for run in older.values():
            self._client.set_tag(run, SUPERSEDED, child)
        older[finished] = child
        return True

    def _create(self, record: dict[str, Any]) -> str:
        started = fields.milliseconds((record.get("provenance") or {}).get("started"))
        tags = {fields.RUN_ID: record["run_id"], "mlflow.parentRunId": self.parent.run}
        if record.get("statistics"):
            tags |= TABLE_TAG
        run = self._client.create_run(
            self._experiment, start_time=started or None, tags=tags, run_name=title(record["spec"])
        )
        return str(run.info.run_id)
