"""MLflow's own UI over a store of ours."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from harness.execution.mlflow.check import require
from harness.execution.mlflow.fields import RUN_ID
from harness.execution.mlflow.location import SERVERS, locate
from harness.execution.mlflow.server.process import HOST, command, is_free, run, say
from harness.execution.mlflow.settings import Settings
from harness.execution.mlflow.view import page


def _newest_experiment(database: Path) -> int | None:
    """The experiment with the newest run of ours, None where there is none; read without importing MLflow."""
    query = (
        "select experiment_id from runs join experiments using (experiment_id) join tags using (run_uuid) "
        "where runs.lifecycle_stage = 'active' and experiments.lifecycle_stage = 'active' and tags.key = ? "
        "order by start_time desc limit 1"
    )
    try:
        with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
            row = connection.execute(query, (RUN_ID,)).fetchone()
    except sqlite3.Error:
        return None
    return int(row[0]) if row else None


def serve(uri: str | None = None, port: int = 5000) -> int:
    """Show a store in the MLflow UI until Ctrl-C; returns the exit code.

    Prints the address once it answers, and the page of the newest study. Where `uri` names a server, that is
    the address, and none is started.

    Raises:
        RequestError: MLflow is not installed, or the address is none that it understands.
    """
    require(Settings(uri=uri))
    location = locate(uri)
    if location.uri.partition(":")[0] in SERVERS:
        say(f"ui: open {location.shown}")
        return 0
    experiment = None
    if location.database is not None:
        experiment = _newest_experiment(location.database) if location.database.is_file() else None
        if experiment is None:
            say(f"ui: no runs yet in {location.database}; a sweep makes some: harness -m +experiment=gap")
            return 1
    if not is_free(port):
        say(f"ui: port {port} is taken, maybe by a UI that is open already; use port={port + 1}")
        return 2
    address = f"http://{HOST}:{port}"

    def ready() -> None:
        say(f"ui: open {address}    (end with Ctrl-C)")
        if experiment is not None:
            say(f"ui: the newest study {page(address, experiment)}&compareRunsMode=CHART")

    return run(command(location.artifacts, port), location.uri, address, ready)
