"""`harness classify`: what a registered model says of a folder of images."""

from __future__ import annotations

import re
import sys
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from harness.cli.arguments import words
from harness.cli.exits import FAILED
from harness.cli.usage import CommandUsage, Key
from harness.cli.written import saved
from harness.spec.errors import RequestError

MODEL = re.compile(r"(?P<name>\w[\w. -]*)(?P<version>@[\w.-]+|/\d+)?")

USAGE = CommandUsage(
    (
        Key(
            "model", None, "a registered model, NAME (its champion), NAME@ALIAS or NAME/VERSION, or a version's folder"
        ),
        Key("images", None, "folder of images, read as those that the model learnt from"),
        Key("to", "", "CSV file to write to"),
        Key("tracking.uri", "", "address of the MLflow store; by default the SQLite file in mlflow/"),
    ),
    ("harness classify model=gap images=scans to=answers.csv",),
)


def classify(arguments: list[str]) -> int:
    """`harness classify model=NAME images=FOLDER [to=FILE.csv] [tracking.uri=ADDRESS]`: a table, a row for each image.

    It has a column of probabilities for each class or label, and the answer: the most probable class, or of several
    labels all that reach their thresholds.
    """
    given = words("classify", arguments, USAGE)
    folder = Path(given["images"]).expanduser()
    if not folder.is_dir():
        raise RequestError(f"images: no folder at {folder}")

    from harness.diagnose.registry.folder import classify as answered  # torch and timm take seconds to import
    from harness.diagnose.registry.restore import DESCRIPTION, WEIGHTS, restore
    from harness.execution.mlflow.client import TrackingError

    with ExitStack() as held:
        try:
            files = _files(given["model"], given["tracking.uri"], Path(held.enter_context(TemporaryDirectory())))
        except TrackingError as error:
            print(f"error: {error}", file=sys.stderr)
            return FAILED
        table = answered(restore(files / WEIGHTS, files / DESCRIPTION), folder).to_csv(index=False)
    if given["to"]:
        print(f"{saved(table, given['to'])}: {table.count(chr(10)) - 1} images")
    else:
        print(table, end="")
    return 0


def _files(model: str, uri: str, place: Path) -> Path:
    from harness.diagnose.registry.restore import DESCRIPTION
    from harness.diagnose.registry.versions import CHAMPION, Versions
    from harness.execution.mlflow.client import TrackingError, one_line
    from harness.execution.mlflow.settings import Settings, locate, require

    if (Path(model).expanduser() / DESCRIPTION).is_file():
        return Path(model).expanduser()
    named = MODEL.fullmatch(model)
    if named is None:
        raise RequestError(f"model: '{model}' is no folder of a version, and none of NAME, NAME@ALIAS, NAME/VERSION")
    settings = Settings(uri=uri or None)
    require(settings)
    location = locate(settings.uri)
    version = (named["version"] or f"@{CHAMPION}").removeprefix("/")
    try:
        return Versions(location, named["name"]).files(version, place)
    except TrackingError:
        raise
    except Exception as error:
        raise TrackingError(f"tracking: MLflow at {location.shown} has no {model} ({one_line(error)})") from error
