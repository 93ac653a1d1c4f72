"""Can this tracking be had? Answered before any work, and without importing MLflow."""

from __future__ import annotations

import importlib.util

from harness.execution.mlflow.location import locate
from harness.execution.mlflow.settings import Settings
from harness.spec.errors import RequestError


def installed() -> bool:
    """Whether the MLflow library is there.

    A plain folder `mlflow/` on the import path, such as the default store itself, counts as an empty package:
    one without an origin.
    """
    found = importlib.util.find_spec("mlflow")
    return found is not None and found.origin is not None


INSTALL = "pip install 'model-creation-harness[tracking]'"


def check(settings: Settings) -> list[str]:
    """Every fault of the request, one line each; empty where runs can start.

    Runs go on without MLflow where it is not installed, unless they name a server: see `mlflow`.
    """
    if settings.name == "none":
        has_uri = settings.uri is not None
        return ["tracking.uri: has no effect under tracking=none; use tracking=mlflow"] if has_uri else []
    return _faults(settings, needed=settings.uri is not None)


def _faults(settings: Settings, needed: bool) -> list[str]:
    faults = []
    if needed and not installed():
        faults.append(f"tracking: MLflow is not installed; {INSTALL}")
    try:
        locate(settings.uri)
    except RequestError as error:
        faults.extend(error.faults)
    return faults


def require(settings: Settings) -> None:
    """Refuse what `check` finds, and where MLflow is used also that it is not installed.

    Raises:
        RequestError: with all faults at once.
    """
    faults = check(settings) if settings.name == "none" else _faults(settings, needed=True)
    if faults:
        raise RequestError(faults)
