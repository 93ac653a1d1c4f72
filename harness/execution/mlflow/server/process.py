"""An MLflow server on the loopback address, in its cheap form: no job execution; it ends with this process."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable

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
