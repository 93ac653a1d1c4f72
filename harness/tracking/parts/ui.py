"""MLflow's own UI on the loopback address, in its cheap form: one worker, no job execution."""

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
from pathlib import Path

from harness.tracking.parts.check import require
from harness.tracking.parts.fields import RUN_ID
from harness.tracking.parts.location import SERVERS, Location, locate
from harness.tracking.parts.settings import Settings
from harness.tracking.parts.view import page

HOST = "127.0.0.1"
POLL_SECONDS = 0.2


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


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _command(location: Location, port: int) -> list[str]:
    command = [sys.executable, "-m", "mlflow", "server"]
    command += [
        "--host",
        HOST,
        "--port",
        str(port),
        "--workers",
        "1",
        "--uvicorn-opts",
        "--log-level warning",
    ]
    # Without it MLflow would make a folder for uploads in the working directory.
    return command + (["--artifacts-destination", location.artifacts] if location.artifacts else [])


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/health", timeout=1):
            return True
    except (urllib.error.URLError, OSError):
        return False


def _say(line: str) -> None:
    print(line, flush=True)


def _run(command: list[str], uri: str, address: str, experiment: int | None) -> int:
    """Serve until the server ends, or until this process is told to; its children end with it."""
    environment = {
        **os.environ,
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "PYTHONWARNINGS": "ignore",
        "MLFLOW_BACKEND_STORE_URI": uri,  # every user of the machine can read a command, and it may hold a password
    }
    _say("ui: MLflow is starting, this takes some ten seconds")
    server = subprocess.Popen(command, env=environment, start_new_session=True, stdout=subprocess.DEVNULL)
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        while server.poll() is None and not _answers(address):
            time.sleep(POLL_SECONDS)
        if server.poll() is None:
            _say(f"ui: open {address}    (end with Ctrl-C)")
            if experiment is not None:
                _say(f"ui: the newest study {page(address, experiment)}&compareRunsMode=CHART")
        return server.wait()
    except KeyboardInterrupt:
        return 0
    finally:
        signal.signal(signal.SIGTERM, before)
        if server.poll() is None:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait()


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
        _say(f"ui: open {location.shown}")
        return 0
    experiment = None
    if location.database is not None:
        experiment = _newest_experiment(location.database) if location.database.is_file() else None
        if experiment is None:
            _say(f"ui: no runs yet in {location.database}; make sweep makes some")
            return 1
    if not _is_free(port):
        _say(f"ui: port {port} is taken, maybe by a UI that is open already; use port={port + 1}")
        return 2
    return _run(_command(location, port), location.uri, f"http://{HOST}:{port}", experiment)
