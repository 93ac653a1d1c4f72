"""`harness server`: an MLflow server with PostgreSQL, for many writers."""

from __future__ import annotations

from pathlib import Path

from harness.cli.arguments import words
from harness.cli.usage import CommandUsage, Key
from harness.execution.mlflow.server import serve
from harness.spec.errors import RequestError

USAGE = CommandUsage(
    (
        Key("folder", "mlflow-server", "where database and files lie"),
        Key("port", "5000", "port on the loopback address"),
        Key("database", "", "address of a PostgreSQL that runs already"),
    ),
    (
        "harness server",
        "harness server port=5001",
    ),
)


def server(arguments: list[str]) -> int:
    """`harness server [folder=mlflow-server] [port=5000] [database=postgresql://...]`."""
    given = words("server", arguments, USAGE)
    if not given["port"].isdigit():
        raise RequestError(f"port: must be a number, got {given['port']}")
    return serve(Path(given["folder"]), int(given["port"]), given["database"] or None)
