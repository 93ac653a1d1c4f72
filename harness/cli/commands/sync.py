"""`harness sync`: send to the tracking store what it lacks of a study."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

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
    folder = study_folder(given["out"], given["study"])
    sent = send(folder, Settings(uri=given["tracking.uri"] or None), lambda: _lines(folder))
    print(f"{sent} runs sent")
    return 0


def _lines(folder: Path) -> Sequence[str]:
    """The answer's first lines; the report of the study stays as it is."""
    from harness.analysis.answer import answer  # pandas and scipy take seconds to import

    with TemporaryDirectory() as place:
        return answer(folder, Path(place)).first_screen
