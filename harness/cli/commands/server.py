"""`harness server`: an MLflow server with PostgreSQL, for many writers."""

from __future__ import annotations

from pathlib import Path

from harness.cli.arguments import words
from harness.spec.errors import RequestError
from harness.tracking.server.serve import serve


def server(arguments: list[str]) -> int:
    """`harness server [folder=mlflow-server] [port=5000] [database=postgresql://...]`."""
    given = words("server", arguments, {"folder": "mlflow-server", "port": "5000", "database": ""})
    if not given["port"].isdigit():
        raise RequestError(f"port: must be a number, got {given['port']}")
    return serve(Path(given["folder"]), int(given["port"]), given["database"] or None)
