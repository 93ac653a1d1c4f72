"""Ten thousand runs in MLflow, over PostgreSQL and in a SQLite file: are search, page and `sync` still of use?

`make tracking` runs it after the proof. The records are those of `tests/unit/analysis/large.py`. One of them is sent
as every run is; the others are written into MLflow's tables in bulk, as the same metrics, parameters and tags. What
it found takes the place of `results/tracking/many.json` if that holds.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import mlflow
import sqlalchemy
from mlflow.store.tracking.dbmodels import models

from harness.dev.publish import publish
from harness.execution.mlflow import fields, postgres
from harness.execution.mlflow.methods import SUMMARY, SUMMARY_OF_METHOD
from harness.execution.mlflow.naming import title
from harness.execution.mlflow.settings import Settings, locate
from harness.execution.mlflow.store import SENT, Store
from harness.execution.mlflow.sync import sync
from harness.execution.mlflow.view import page as page_of
from harness.records.archive import read_records
from harness.records.record import surroundings
from tests.browser import browser, visited
from tests.tracking.service import Service
from tests.unit.analysis.large import write_large

PAGE, ALL = 1000, 20_000
BATCH = 250
CONDITION, ORDER = "tags.creation = 'swap_head' AND metrics.test_top1 > 50", ["metrics.test_top1 DESC"]
RESULT = Path("results/tracking/many.json")

Rows = dict[Any, list[dict[str, Any]]]


def _rows(record: dict[str, Any], experiment: int, parent: str, artifacts: str) -> Rows:
    """The record as rows of MLflow's tables."""
    run, points = uuid.uuid4().hex, fields.points(record)
    started, finished = (fields.milliseconds(record["provenance"][name]) for name in ("started", "finished"))
    latest = {point.key: point for point in sorted(points, key=lambda point: (point.step, point.time))}
    tags = fields.tags(record) | {SENT: record["provenance"]["finished"], "mlflow.parentRunId": parent}
    tags["mlflow.runName"] = title(record["spec"])

    def metric(point: fields.MetricValue) -> dict[str, Any]:
        place = {"run_uuid": run, "key": point.key, "step": point.step, "timestamp": point.time}
        return {**place, "value": point.value, "is_nan": False}

    return {
        models.SqlRun: [
            {
                "run_uuid": run, "name": tags["mlflow.runName"], "source_type": "LOCAL", "user_id": "harness",
                "status": "FINISHED", "start_time": started, "end_time": finished, "lifecycle_stage": "active",
                "artifact_uri": f"{artifacts}/{run}/artifacts", "experiment_id": experiment,
            }
        ],
        models.SqlMetric: [metric(point) for point in points],
        models.SqlLatestMetric: [metric(point) for point in latest.values()],
        models.SqlParam: [
            {"run_uuid": run, "key": key, "value": value} for key, value in fields.parameters(record).items()
        ],
        models.SqlTag: [{"run_uuid": run, "key": key, "value": value} for key, value in tags.items()],
    }  # fmt: skip


def fill(database: str, address: str, study: Path) -> dict[str, Any]:
    """Send one record through `Store`, and write the others beside it; how long, and how many rows."""
    began = time.monotonic()
    records = iter(read_records(study))
    store = Store(locate(address), json.loads((study / "study.json").read_text(encoding="utf-8")), study)
    store.send(next(records))
    [experiment] = [each for each in mlflow.MlflowClient(address).search_experiments() if each.name == "large"]
    place = int(experiment.experiment_id), store.parent.run, experiment.artifact_location
    engine, written = sqlalchemy.create_engine(database), 0
    for some in _in_batches(records):
        found = [_rows(record, *place) for record in some]
        with engine.begin() as connection:
            for table in found[0]:
                rows = [row for each in found for row in each[table]]
                connection.execute(sqlalchemy.insert(table.__table__), rows)
                written += len(rows)
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("ANALYZE"))
    engine.dispose()
    return {"rows": written, "seconds_to_write": round(time.monotonic() - began)}


def _in_batches(records: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    while some := list(islice(records, BATCH)):
        yield some


def _timed(call: Callable[[], Any]) -> tuple[float, Any]:
    began = time.monotonic()
    found = call()
    return round(time.monotonic() - began, 2), found


def measure(address: str, pages: str, study: Path, folder: Path) -> dict[str, Any]:
    """Seconds of a user's questions to a full store at `address`, whose pages are at `pages`."""
    mlflow.set_tracking_uri(address)
    experiment = mlflow.get_experiment_by_name("large").experiment_id

    def search(most: int) -> Any:
        return mlflow.search_runs([experiment], CONDITION, max_results=most, order_by=ORDER)

    first_s, first = _timed(lambda: search(PAGE))
    whole_s, whole = _timed(lambda: search(ALL))
    sync_s, sent = _timed(lambda: sync(study, Settings(uri=address)))
    found = {
        "search_of_the_first_1000_s": first_s,
        "search_of_all_s": whole_s,
        "found": len(whole),
        "sync_with_nothing_missing_s": sync_s,
        "sent": sent,
    }
    assert len(first) == PAGE
    if browser() is not None:
        page_s, page = _timed(lambda: visited(page_of(pages, experiment), folder))
        condition = f"tags.{SUMMARY} = '{SUMMARY_OF_METHOD}'"
        methods = [run.info.run_name for run in mlflow.MlflowClient().search_runs([experiment], condition)]
        shown = sum(name in page.text for name in methods)
        found |= {"page_in_chromium_s": page_s, "methods": len(methods), "methods_on_the_page": shown}
    return found


def main() -> int:
    """Fill both stores and measure; 1 where a sync sent what was there, or the page does not show every method."""
    with tempfile.TemporaryDirectory(prefix="harness-tracking-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # or the user that PostgreSQL runs as could not enter
        study = folder / "runs" / "large"
        study.mkdir(parents=True)
        runs = write_large(study)
        found: dict[str, Any] = {}
        with postgres.running(folder / "postgres") as database:
            server = Service("server", f"folder={folder / 'server'}", f"database={database}")
            server.start()
            try:
                told = fill(database, server.address, study)
                found["postgresql, through the server"] = told | measure(server.address, server.address, study, folder)
            finally:
                server.stop()
        database = f"sqlite:///{folder / 'mlflow.db'}"
        told = fill(database, database, study)
        ui = Service("ui", f"tracking.uri={database}")
        ui.start()
        try:
            found["sqlite"] = told | measure(database, ui.address, study, folder)
        finally:
            ui.stop()
    result = {
        "runs": runs,
        "asked": {"filter": CONDITION, "order": ORDER},
        **{name: surroundings()[name] for name in ("versions", "hardware")},
        "found": found,
    }
    print(json.dumps(found, indent=1))
    return publish(RESULT, result, faults(found))


def faults(found: dict[str, Any]) -> list[str]:
    """Where a sync sent what was there, or the page does not show every method."""
    sent = [
        f"{store}: a sync with nothing missing sent {each['sent']} runs"
        for store, each in found.items()
        if each["sent"]
    ]
    cut = [store for store, each in found.items() if each.get("methods", 1) != each.get("methods_on_the_page", 1)]
    return sent + [f"{store}: the page does not show every method" for store in cut]


if __name__ == "__main__":
    sys.exit(main())
