"""`harness ui`: the MLflow UI on the loopback address."""

from __future__ import annotations

from harness.cli.arguments import words
from harness.cli.usage import CommandUsage, Key
from harness.execution.mlflow.server import serve_ui
from harness.spec.errors import RequestError

USAGE = CommandUsage(
    (
        Key("port", "5000", "port on the loopback address"),
        Key("tracking.uri", "", "address of the MLflow store; by default the SQLite file in mlflow/"),
    ),
    ("harness ui",),
)


def ui(arguments: list[str]) -> int:
    """`harness ui [port=5000] [tracking.uri=ADDRESS]`."""
    given = words("ui", arguments, USAGE)
    if not given["port"].isdigit():
        raise RequestError(f"port: must be a number, got {given['port']}")
    return serve_ui(given["tracking.uri"] or None, int(given["port"]))
