"""The UI over what a sweep has sent."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from harness.execution.mlflow import server
from harness.execution.mlflow.settings import Settings
from tests.browser import browser, visited

pytest.importorskip("mlflow")

from tests.unit.execution.mlflow.sent import runs_of, sweep


def test_without_runs_and_with_a_taken_port(
    settings: Settings,
    study: dict[str, Any],
    tmp_path: Path,
    records: list[dict[str, Any]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert server.serve_ui(settings.uri) == 1
    assert "no runs yet" in capsys.readouterr().out
    sweep(settings, study, tmp_path / "runs" / "gap", records[:1])
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert server.serve_ui(settings.uri, port) == 2
    assert f"port {port} is taken" in capsys.readouterr().out


@contextmanager
def _ui(uri: str) -> Iterator[str]:
    """`harness ui` over a store; yields the address of the newest study's page, and looks that nothing is left."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    code = f"from harness.execution.mlflow.server import serve_ui; raise SystemExit(serve_ui({uri!r}, {port}))"
    server = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        told = next(line for line in server.stdout if "ui: the newest study" in line)
        yield told.split()[-1]
    finally:
        os.kill(server.pid, signal.SIGTERM)
        assert server.wait(timeout=20) == 0
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0, "no server is left behind"


@pytest.mark.slow
def test_it_shows_what_a_user_looks_for(
    settings: Settings, study: dict[str, Any], tmp_path: Path, records: list[dict[str, Any]]
) -> None:
    """In a real browser, where there is one: the study's page, with the cells averaged, and the answer's."""
    sweep(settings, study, tmp_path / "runs" / "gap", records)
    _, [parent], _ = runs_of(settings)
    with _ui(settings.uri) as address:
        root = address.partition("/#/")[0]
        query = "ajax-api/2.0/mlflow/experiments/get-by-name?experiment_name=gap"
        with urllib.request.urlopen(f"{root}/{query}") as answer:
            assert json.load(answer)["experiment"]["name"] == "gap"
        if browser() is None:
            pytest.skip("no Chromium on the search path: the pages are not looked at")
        page = visited(address, tmp_path, shows="initial_loss")
        run_page = visited(f"{root}/#/experiments/{parent.info.experiment_id}/runs/{parent.info.run_id}", tmp_path)
    assert "gap" in page.text.split("Runs Models", 1)[0], "the experiment's name is above the page"
    for method in ("create_model", "swap_head"):
        assert f"Group: {method} 3" in page.text, "three seeds in one group"
        assert f"{method} keep lr=0.001 s0" in page.text
    assert "initial_loss" in page.text, "a chart of its name"
    assert "System metrics (1)" in page.text, "the machine's load in its own section"
    with Image.open(page.picture) as picture:
        assert len(picture.convert("RGB").getcolors(1 << 24)) > 100, "the page is not blank"
    assert "sweep: gap" in run_page.text
    assert "There is a gap" in run_page.text, "the verdict is the run's description"
