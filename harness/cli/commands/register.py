"""`harness register`: the best of a study as a version in MLflow's model registry."""

from __future__ import annotations

import re
import sys

from harness.cli.arguments import study_folder
from harness.cli.exits import FAILED
from harness.cli.requests import take
from harness.cli.usage import CommandUsage, Key
from harness.execution.mlflow.client import TrackingError
from harness.execution.mlflow.settings import Settings
from harness.spec.errors import RequestError

NAME = re.compile(r"\w[\w. -]*")

USAGE = CommandUsage(
    (
        Key("study", None, "name of the study"),
        Key("out", "runs", "folder of the studies"),
        Key("name", "", "name of the model; by default the study's"),
        Key("tracking.uri", "", "address of the MLflow store; by default the SQLite file in mlflow/"),
    ),
    ("harness register study=gap out=results data=made",),
    run="settings that narrow the choice (data=made); data.path, weights.path and their like, for files "
    "that records name by fingerprint",
)


def register(arguments: list[str]) -> int:
    """`harness register study=NAME [out=runs] [name=MODEL] [tracking.uri=ADDRESS] [SETTING=VALUE ...]`.

    `name` is the study's by default. A setting (`data=made`, `creation=swap_head`) narrows the choice to the
    configurations that have it. `data.path`, `weights.path` and their like say where files are that a record names by
    fingerprint.
    """
    own, others = take(arguments, USAGE)
    model = own["name"] or own["study"]
    faults = [f"{word}: cannot be read as key=value" for word in others if "=" not in word]
    if not own["study"]:
        faults.append("study: harness register needs study=...")
    elif not NAME.fullmatch(model):
        faults.append(f"name: a model is named by letters, digits, blanks and . _ -, got '{model}'")
    if faults:
        raise RequestError(faults)

    from harness.diagnose.registry.register import register as enter  # torch and timm take seconds to import
    from harness.diagnose.registry.repeat import PATHS, known_path

    given, settings = take(others, CommandUsage(tuple(Key(path, "", "") for path in PATHS), ()))
    paths = dict(known_path(key, value) for key, value in given.items() if value)
    only = {key: value for key, _, value in (word.partition("=") for word in settings)}
    tracking = Settings(uri=own["tracking.uri"] or None)
    try:
        found = enter(study_folder(own["out"], own["study"]), tracking, model, only, paths)
    except TrackingError as error:
        print(f"error: {error}", file=sys.stderr)
        return FAILED
    for sentence in found.sentences:
        print(sentence)
    alias = f"@{found.alias}" if found.alias else f"/{found.version}"
    print(f'mlflow.pyfunc.load_model("models:/{found.model}{alias}")')
    return 0
