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
from harness.execution.mlflow.pages import is_known
from harness.execution.mlflow.settings import Settings
from harness.execution.mlflow.sync import sync
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
    """`harness ui` over a store; yields the one address that it prints, and looks that nothing is left."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    code = f"from harness.execution.mlflow.server import serve_ui; raise SystemExit(serve_ui({uri!r}, {port}))"
    server = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        told = next(line for line in server.stdout if "http://" in line)
        yield told.removeprefix("ui: open ").split()[0]
    finally:
        os.kill(server.pid, signal.SIGTERM)
        rest = server.stdout.read() if server.stdout is not None else ""
        assert server.wait(timeout=20) == 0
        assert "http://" not in rest, "one address"
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0, "no server is left behind"


MEAN = "81.00"
"""Of each method, as the records have it."""


@pytest.mark.slow
def test_it_shows_what_a_user_looks_for(settings: Settings, study_folder: Path, tmp_path: Path) -> None:
    """In a real browser that was never there before, where there is one: the comparison, from both entrances."""
    sync(study_folder, settings, lambda: ["A gap of 7 points."])
    _, [parent], _ = runs_of(settings)
    experiment = parent.info.experiment_id
    with _ui(settings.uri) as address:
        root = address.partition("/#/")[0]
        query = "ajax-api/2.0/mlflow/experiments/get-by-name?experiment_name=gap"
        with urllib.request.urlopen(f"{root}/{query}") as answer:
            assert json.load(answer)["experiment"]["name"] == "gap"
        if browser() is None:
            pytest.skip("no Chromium on the search path: the pages are not looked at")
        entrances = {"printed": address}
        if is_known():  # else MLflow's own pages are served, and a study's name leads where it leads there
            entrances["name in the list of experiments"] = f"{root}/#/experiments/{experiment}"
        seen = {}
        for entrance, place in entrances.items():
            fresh = tmp_path / entrance
            fresh.mkdir()
            seen[entrance] = visited(place, fresh, shows=MEAN)
        (tmp_path / "run").mkdir()
        run_page = visited(f"{root}/#/experiments/{experiment}/runs/{parent.info.run_id}", tmp_path / "run")
    for entrance, page in seen.items():
        assert "gap" in page.text.split("Runs Models", 1)[0], f"{entrance}: the experiment's name is above the page"
        assert "A gap of 7 points." in page.text
        assert "2 matching runs" in page.text, "one for each method"
        assert "create_model" in page.text
        assert "swap_head" in page.text
        first = page.text.partition("Test accuracy (%)")[2].partition("Initial diagnostics")[0]
        assert "test_top1" in first
        assert first.count(MEAN) == 2, "a bar for each method"
        with Image.open(page.picture) as picture:
            assert len(picture.convert("RGB").getcolors(1 << 24)) > 100, "the page is not blank"
    assert "sweep: gap" in run_page.text
    assert "A gap of 7 points." in run_page.text, "the answer is the run's description"
