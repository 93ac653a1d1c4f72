"""The run of a whole sweep, which its runs are children of."""

from __future__ import annotations

import hashlib
import json
import math
import time
from pathlib import Path
from typing import Any

from harness.execution.mlflow.client import search, write
from harness.execution.mlflow.description import first_note
from harness.execution.mlflow.fields import NOTE, TAG_LENGTH, MetricValue, key

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
            tags[NOTE] = first_note(study)[:TAG_LENGTH]
            name = f"sweep: {study['name']}"
            self.run = client.create_run(experiment, tags=tags, run_name=name).info.run_id

    def answer(self, note: str, metrics: dict[str, float]) -> None:
        """The answer in Markdown, if there is one, and in numbers."""
        now = round(time.time() * 1000)
        points = [MetricValue(key(name), value, now, 0) for name, value in metrics.items() if math.isfinite(value)]
        write(self._client, self.run, points, {}, {NOTE: note[:TAG_LENGTH]} if note else {})

    def attach(self, paths: list[Path], root: Path) -> None:
        """Add files, at their place below `root`, or at the top where they lie elsewhere."""
        for path in paths:
            inside = path.parent.relative_to(root).as_posix() if path.is_relative_to(root) else "."
            self._client.log_artifact(self.run, str(path), None if inside == "." else inside)

    def close(self, status: str) -> None:
        """End the run as `FINISHED` or `KILLED`."""
        self._client.set_terminated(self.run, status)
