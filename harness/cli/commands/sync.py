"""`harness sync`: send to the tracking store what it lacks of a study."""

from __future__ import annotations

from harness.cli.arguments import study_folder, words
from harness.cli.usage import CommandUsage, Key
from harness.execution.mlflow.settings import Settings
from harness.execution.mlflow.sync import sync as send

USAGE = CommandUsage(
    (
        Key("study", None, "name of the study"),
        Key("out", "runs", "folder of the studies"),
        Key("tracking.uri", "", "address of the MLflow store; by default the SQLite file in mlflow/"),
    ),
    ("harness sync study=gap tracking.uri=http://127.0.0.1:5000",),
)


def sync(arguments: list[str]) -> int:
    """`harness sync study=NAME [out=FOLDER] [tracking.uri=ADDRESS]`."""
    given = words("sync", arguments, USAGE)
    sent = send(study_folder(given["out"], given["study"]), Settings(uri=given["tracking.uri"] or None))
    print(f"{sent} runs sent")
    return 0
