"""What is refused before any work."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest
from pydantic import ValidationError

from harness.execution.mlflow.settings import Settings, check, installed, locate, require
from harness.spec.errors import RequestError
from harness.spec.variants import load_variant, variants


@pytest.fixture
def without_mlflow(monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *rest: None if name == "mlflow" else real(name, *rest)
    )


@pytest.fixture
def with_mlflow(monkeypatch: pytest.MonkeyPatch) -> None:
    there = ModuleSpec("mlflow", None, origin="mlflow/__init__.py")
    real = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *rest: there if name == "mlflow" else real(name, *rest)
    )


def test_trackers_are_found_by_their_files() -> None:
    assert variants("harness.execution.tracking") == ("mlflow", "none")
    with pytest.raises(ValidationError, match="did you mean mlflow"):
        Settings(name="mlfow")


@pytest.mark.usefixtures("without_mlflow")
def test_runs_go_on_without_the_library(capsys: pytest.CaptureFixture[str]) -> None:
    assert check(Settings()) == []
    tracker = load_variant("harness.execution.tracking", "mlflow")(Settings())
    assert tracker.seconds == 0
    assert capsys.readouterr().err.startswith("tracking: MLflow is not installed; records are kept")
    assert check(Settings(name="none")) == []


@pytest.mark.usefixtures("without_mlflow")
def test_what_needs_the_library_is_told_how_to_have_it() -> None:
    """A server that is named, and what shows or sends runs."""
    server = Settings(uri="http://127.0.0.1:5000")
    assert check(server) == ["tracking: MLflow is not installed; pip install 'model-creation-harness[tracking]'"]
    with pytest.raises(RequestError, match="tracking: MLflow is not installed; pip install"):
        load_variant("harness.execution.tracking", "mlflow")(server)
    with pytest.raises(RequestError, match="tracking: MLflow is not installed; pip install"):
        require(Settings())


def test_a_folder_named_mlflow_is_not_the_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The default store makes such a folder in the working directory, which Python may search for modules."""
    (tmp_path / "mlflow").mkdir()
    monkeypatch.delitem(sys.modules, "mlflow", raising=False)
    monkeypatch.setattr("sys.path", [str(tmp_path)])
    importlib.invalidate_caches()
    assert importlib.util.find_spec("mlflow") is not None
    assert not installed()


@pytest.mark.usefixtures("with_mlflow")
@pytest.mark.parametrize(
    "uri",
    ["./mlruns", "file:///tmp/mlruns", "http://", "http://host:port", "sqlite:///", "sqlite://", "htp://host", ""],
)
def test_a_malformed_address_is_named_in_one_line(uri: str) -> None:
    [fault] = check(Settings(uri=uri))
    assert fault.startswith("tracking.uri: ")
    assert "http://HOST:PORT" in fault
    assert "\n" not in fault


@pytest.mark.usefixtures("with_mlflow")
@pytest.mark.parametrize(
    "uri", [None, "http://127.0.0.1:5000", "https://host/path", "sqlite:///a.db", "postgresql+psycopg2://u:p@h/db"]
)
def test_good_addresses_pass(uri: str | None) -> None:
    assert check(Settings(uri=uri)) == []


def test_an_address_without_a_tracker_has_no_effect() -> None:
    [fault] = check(Settings(name="none", uri="http://host"))
    assert "has no effect" in fault


def test_files_are_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    default = locate(None)
    assert default.uri == f"sqlite:///{tmp_path}/mlflow/mlflow.db"
    assert default.artifacts == (tmp_path / "mlflow" / "artifacts").as_uri()
    assert locate("sqlite:///a/b.db?timeout=9").uri == f"sqlite:///{tmp_path}/a/b.db?timeout=9"


def test_passwords_are_not_shown() -> None:
    assert locate("http://me:secret@host:5000").shown == "http://me:***@host:5000"


def test_no_tracking_does_nothing(tmp_path: Path) -> None:
    tracker = load_variant("harness.execution.tracking", "none")(Settings(name="none"))
    tracker.start({"name": "gap"}, tmp_path, 1)
    tracker.log({})
    tracker.finish([], [], {})
    assert tracker.seconds == 0
    assert list(tmp_path.iterdir()) == []
