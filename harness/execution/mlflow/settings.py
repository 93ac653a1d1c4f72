"""What a user may ask of tracking: which tracker, at which address, and whether that is available; without MLflow."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

from harness.spec.errors import RequestError
from harness.spec.secret import redacted
from harness.spec.spec import Variant

SERVERS = ("http", "https")
DATABASES = ("postgresql", "mysql", "mssql")
RIGHT = "use http://HOST:PORT, sqlite:///PATH/mlflow.db, or leave it out"


@dataclass(frozen=True)
class Location:
    """`artifacts` is the URI under which a new experiment keeps its files, None where a server decides it."""

    uri: str
    artifacts: str | None = None
    database: Path | None = None

    @property
    def shown(self) -> str:
        """The address as it may be printed: without a password."""
        return redacted(self.uri)


def locate(uri: str | None) -> Location:
    """The location that an address means, by default a SQLite file below the working directory.

    The address of a file is made absolute, because a process may change its directory, and the artifacts of a
    SQLite store lie beside its file.

    Raises:
        RequestError: MLflow has no store of this kind, or the address is malformed.
    """
    here = Path.cwd() / "mlflow"
    if uri is None:
        return _sqlite(here / "mlflow.db", "")
    scheme = uri.partition(":")[0].partition("+")[0]
    if scheme == "sqlite" and uri.startswith("sqlite:///") and len(uri) > len("sqlite:///"):
        path, mark, options = uri.removeprefix("sqlite:///").partition("?")
        return _sqlite(Path(path).expanduser().absolute(), mark + options)
    try:
        parts = urlsplit(uri)
        reachable = bool(parts.hostname) and parts.port != 0
    except ValueError as error:
        raise RequestError(f"tracking.uri: '{redacted(uri)}': {redacted(str(error))}; {RIGHT}") from None
    if scheme in SERVERS and reachable:
        return Location(uri.rstrip("/"))
    if scheme in DATABASES and reachable:
        return Location(uri, artifacts=(here / "artifacts").as_uri())
    if scheme == "databricks":
        return Location(uri)
    if scheme == "file" or "://" not in uri:
        raise RequestError(f"tracking.uri: '{redacted(uri)}' is a path, and MLflow keeps no runs in folders; {RIGHT}")
    raise RequestError(f"tracking.uri: '{redacted(uri)}' is no address of an MLflow store; {RIGHT}")


def _sqlite(database: Path, options: str) -> Location:
    artifacts = (database.parent / "artifacts").as_uri()
    return Location(f"sqlite:///{database}{options}", artifacts=artifacts, database=database)


class Settings(Variant):
    """Which tracker, and its address: by default a SQLite file below the working directory."""

    package: ClassVar[str] = "harness.execution.tracking"

    name: str = "mlflow"
    uri: str | None = None


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
