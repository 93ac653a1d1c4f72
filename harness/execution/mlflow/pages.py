"""MLflow's server with its pages led to what a study compares: an application that `mlflow server` finds by its name.

MLflow takes every visitor for one of language models: the name of an experiment leads to an overview of traces, empty
here, whatever the experiment says of itself (tag `mlflow.experimentKind`), unless the address or the browser's storage
says otherwise. So a script goes with the page. Applications: https://mlflow.org/docs/latest/ml/plugins/
"""

from __future__ import annotations

import json
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from harness.execution.mlflow.fields import RUN_ID
from harness.execution.mlflow.view import QUERY, VIEW_TAG

APP, GROUP = "harness", "mlflow.app"
"""The name of the application among MLflow's entry points, as pyproject.toml has it."""

PAGE = "serve"
"""What MLflow calls the function that answers with its page."""


def is_known() -> bool:
    """Whether MLflow finds the application; not where an older version of this package was installed as editable."""
    return bool(entry_points(group=GROUP, name=APP))


def script() -> str:
    """What goes with the page, in JavaScript."""
    names = {"query": QUERY, "viewTag": VIEW_TAG, "runId": RUN_ID}
    return f"({Path(__file__).with_suffix('.js').read_text(encoding='utf-8').strip()})({json.dumps(names)})"


def application() -> Any:
    """MLflow's own application, whose page has the script."""
    from flask import Response
    from mlflow.server import app as flask_app
    from mlflow.server.fastapi_app import app

    page = Path(str(flask_app.static_folder)) / "index.html"
    if page.is_file() and PAGE in flask_app.view_functions:
        told = page.read_text(encoding="utf-8").replace("<head>", f"<head><script>{script()}</script>", 1)

        def with_script() -> Response:
            return Response(told, mimetype="text/html", headers={"Cache-Control": "no-cache"})

        flask_app.view_functions[PAGE] = with_script
    return app
