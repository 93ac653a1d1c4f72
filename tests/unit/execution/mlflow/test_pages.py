"""MLflow's pages with what leads to a study's comparison."""

from __future__ import annotations

import tomllib
from importlib import import_module
from pathlib import Path

import pytest

from harness.execution.mlflow import pages
from harness.execution.mlflow.view import QUERY, VIEW_TAG

PYPROJECT = Path(__file__).parents[4] / "pyproject.toml"


def test_mlflow_finds_the_application_by_its_name() -> None:
    """`mlflow server --app-name` looks among the entry points of what is installed."""
    project = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]
    module, _, name = project["entry-points"][pages.GROUP][pages.APP].partition(":")
    assert getattr(import_module(module), name) is pages.application


def test_the_page_has_the_script_and_all_else_is_as_it_was() -> None:
    pytest.importorskip("mlflow.server")
    from mlflow.server import app
    from mlflow.server.fastapi_app import app as served

    before = app.view_functions[pages.PAGE]
    try:
        assert pages.application() is served
        with app.test_client() as client:
            page = client.get("/").text
            if "<head>" not in page:
                pytest.skip("this MLflow has no pages")
            assert page.count(pages.script()) == 1
            assert page.index(pages.script()) < page.index("static-files/static/js/main"), "before MLflow's own"
            assert client.get("/health").text == "OK"
    finally:
        app.view_functions[pages.PAGE] = before
    with app.test_request_context("/"):
        original = before()
        original.direct_passthrough = False
        assert page.replace(f"<script>{pages.script()}</script>", "") == original.get_data(as_text=True)


def test_what_the_script_keeps_in_a_browser_is_what_mlflow_reads_there() -> None:
    mlflow = pytest.importorskip("mlflow")
    folder = Path(mlflow.__file__).parent / "server" / "js" / "build" / "static" / "js"
    if not folder.is_dir():
        pytest.skip("this MLflow has no pages")
    bundle = "\n".join(file.read_text(encoding="utf-8") for file in folder.glob("main.*.js"))
    assert 'key:"mlflow.workflowType",version:1' in bundle
    assistant = 'key:"mlflow.assistant.fab.autoOpenedOnFirstLoad"'  # which early versions do not open
    assert bundle.count(assistant) == bundle.count(f"{assistant},version:1")
    for kept in ("mlflow.workflowType_v1", "mlflow.assistant.fab.autoOpenedOnFirstLoad_v1", QUERY, VIEW_TAG):
        assert kept in pages.script()
