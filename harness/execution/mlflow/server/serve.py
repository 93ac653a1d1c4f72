"""The server as a whole."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

from harness.execution.mlflow.check import require
from harness.execution.mlflow.location import DATABASES
from harness.execution.mlflow.server.postgres import running
from harness.execution.mlflow.server.process import HOST, command, is_free, run, say
from harness.execution.mlflow.settings import Settings
from harness.spec.errors import RequestError

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
