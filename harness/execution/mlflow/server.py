"""MLflow servers: the UI over a store of one's own, and a server for many writers over PostgreSQL."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

from harness.execution.mlflow.client import connect, one_line
from harness.execution.mlflow.experiment import newest_study
from harness.execution.mlflow.fields import RUN_ID
from harness.execution.mlflow.pages import APP, is_known
from harness.execution.mlflow.postgres import running
from harness.execution.mlflow.settings import DATABASES, SERVERS, Settings, locate, require
from harness.execution.mlflow.view import page
from harness.spec.errors import RequestError

HOST = "127.0.0.1"
POLL_SECONDS = 0.2


def is_free(port: int) -> bool:
    """Whether nothing listens at a port of this machine."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def command(artifacts: str | None, port: int, workers: int = 1) -> list[str]:
    """What starts a server; `artifacts` is where it keeps what clients upload to it."""
    words = [sys.executable, "-m", "mlflow", "server", "--host", HOST]
    words += ["--port", str(port), "--workers", str(workers), "--uvicorn-opts", "--log-level warning"]
    words += ["--app-name", APP] if is_known() else []
    # Without it MLflow would make a folder for uploads in the working directory.
    return words + (["--artifacts-destination", artifacts] if artifacts else [])


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/health", timeout=1):
            return True
    except (urllib.error.URLError, OSError):
        return False


def say(line: str) -> None:
    """Print a line at once."""
    print(line, flush=True)


def run(words: list[str], store: str, address: str, ready: Callable[[], None]) -> int:
    """Serve a store until the server ends, or until this process is told to; its children end with it.

    `ready` is called once when it answers at `address`. Returns the exit code, 0 where it was told to end.
    """
    environment = {
        **os.environ,
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "PYTHONWARNINGS": "ignore",
        "MLFLOW_BACKEND_STORE_URI": store,  # every user of the machine can read a command, and it may hold a password
    }
    say("MLflow is starting, this takes some ten seconds")
    server = subprocess.Popen(words, env=environment, start_new_session=True, stdout=subprocess.DEVNULL)
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        while server.poll() is None and not _answers(address):
            time.sleep(POLL_SECONDS)
        if server.poll() is None:
            ready()
        return server.wait()
    except KeyboardInterrupt:
        return 0
    finally:
        signal.signal(signal.SIGTERM, before)
        if server.poll() is None:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait()


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


def serve_ui(uri: str | None = None, port: int = 5000) -> int:
    """Show a store in the MLflow UI until Ctrl-C; returns the exit code.

    Prints the address that leads to the newest study's comparison, once it answers. Where `uri` names a server, it is
    an address of that one, and none is started.

    Raises:
        RequestError: MLflow is not installed, or the address is none that it understands.
    """
    require(Settings(uri=uri))
    location = locate(uri)
    if location.uri.partition(":")[0] in SERVERS:
        try:
            study = newest_study(connect(location))
        except Exception as error:  # whatever a server does, its address is told
            say(f"ui: MLflow at {location.shown} failed ({one_line(error)})")
            study = None
        say(f"ui: open {page(location.shown, study) if study else location.shown}")
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
        shown = address if is_known() or experiment is None else page(address, experiment)
        say(f"ui: open {shown}    (end with Ctrl-C)")

    return run(command(location.artifacts, port), location.uri, address, ready)


WORKERS = 4


def serve(folder: Path, port: int = 5000, database: str | None = None) -> int:
    """Serve MLflow over PostgreSQL until Ctrl-C; returns the exit code.

    Everything lies below `folder`: the database in `postgres`, unless `database` is the address of one that runs
    already, and what runs upload in `artifacts`. It listens on the loopback address.

    Raises:
        RequestError: MLflow or PostgreSQL is not installed, the port is taken, or the address is of no database.
    """
    require(Settings(uri="http://localhost"))
    if database is not None and database.partition(":")[0].partition("+")[0] not in DATABASES:
        raise RequestError(f"database: must be an address such as postgresql://USER@HOST/NAME, got {database}")
    if not is_free(port):
        raise RequestError(f"port: {port} is taken, maybe by a server that runs already; use port={port + 1}")
    folder = folder.absolute()
    address = f"http://{HOST}:{port}"

    def ready() -> None:
        say(f"server: MLflow answers at {address}    (end with Ctrl-C)")
        say(f"server: send runs to it with tracking.uri={address}; everything lies in {folder}")

    with running(folder / "postgres") if database is None else nullcontext(database) as store:
        return run(command((folder / "artifacts").as_uri(), port, WORKERS), store, address, ready)
