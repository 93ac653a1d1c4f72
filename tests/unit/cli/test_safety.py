"""What others made runs no code here, what has a name stays in its folder, and no secret is kept."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from harness.analysis.compare.side import find
from harness.cli.main import told
from harness.execution.mlflow.server import HOST, command, run
from harness.execution.mlflow.settings import locate
from harness.model.build import build
from harness.records.store import PREDICTIONS, read_predictions
from harness.spec.errors import RequestError
from harness.spec.spec import Spec

Command = Callable[..., subprocess.CompletedProcess[str]]
SMALL = ["data.samples=60", "recipe.epochs=1", "transfer=linear_probe", "device=cpu"]


class Intruder:
    """Unpickled, it writes a file."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.trace,)


@pytest.mark.parametrize("creation", ["create_model", "checkpoint_path", "load_state_dict", "pretrained_cfg_overlay"])
def test_a_pickle_of_weights_runs_nothing(creation: str, command: Command, tmp_path: Path) -> None:
    trace, file = tmp_path / "trace", tmp_path / "evil.pth"
    torch.save({"state_dict": {"fc.weight": Intruder(trace)}}, file)
    done = command(f"creation={creation}", "weights=file", f"weights.path={file}", "backbone=test_resnet", *SMALL)
    assert done.returncode == 2
    assert done.stderr.startswith("error: weights.path: evil.pth cannot be read as tensors alone")
    assert done.stderr.count("\n") == 1
    assert sorted(tmp_path.iterdir()) == [file]


def test_a_pickle_among_torchvisions_downloads_runs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    trace, file = tmp_path / "trace", tmp_path / "checkpoints" / "resnet18-f37072fd.pth"
    file.parent.mkdir()
    torch.save({"fc.weight": Intruder(trace)}, file)
    backbone = {"library": "torchvision", "name": "resnet18"}
    spec = Spec.model_validate({"backbone": backbone, "weights": {"name": "torchvision"}})
    with pytest.raises(RequestError, match="holds more than tensors, and reading it could run code"):
        build(spec, 4)
    assert not trace.exists()


def test_a_pickle_among_predictions_runs_nothing(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    (tmp_path / "run").mkdir()
    np.savez(tmp_path / "run" / PREDICTIONS, label=np.array([Intruder(trace)], dtype=object))
    assert read_predictions(tmp_path, "run") is None, "as of a file that cannot be read"
    assert not trace.exists()


@pytest.mark.parametrize("name", ["../elsewhere", "/tmp/elsewhere", "a/b", "..", ".hidden", ""])
def test_the_name_of_a_study_stays_in_its_folder(name: str, command: Command, tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    asked = [*SMALL, "tracking=none", f"out={inner}", f"study='{name}'"]
    assert command(*asked).returncode == 2
    assert command("report", f"out={inner}", f"study={name}").returncode == 2
    assert list(tmp_path.rglob("*")) == [inner]


@pytest.mark.parametrize("place", ["git:HEAD:../elsewhere", "git:HEAD:/tmp/elsewhere"])
def test_a_path_within_a_commit_stays_in_it(place: str) -> None:
    with pytest.raises(RequestError, match="leaves the repository"):
        find("a", place, "", Path("runs"))


def test_the_name_of_a_downloaded_set_is_no_path(command: Command) -> None:
    done = command("data=medmnist", "data.set=../../elsewhere", "data.download=true", "tracking=none")
    assert done.returncode == 2
    assert "data.set: a set is named by letters" in done.stderr


def test_no_secret_of_the_request_or_the_environment_is_kept(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("HF_TOKEN", "MLFLOW_TRACKING_PASSWORD", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(variable, "s3cret")
    done = command("-m", "seed=0,1", "tracking.uri=http://me:s3cret@127.0.0.1:9", f"out={tmp_path / 'runs'}", *SMALL)
    assert done.returncode == 0, done.stderr
    assert "tracking: MLflow at http://me:***@127.0.0.1:9 failed" in done.stderr
    assert "s3cret" not in done.stdout + done.stderr
    kept = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert len(kept) > 5
    assert not [file for file in kept if b"s3cret" in file.read_bytes()]
    study = json.loads(next(tmp_path.glob("runs/*/study.json")).read_text())
    assert "tracking.uri=http://me:***@127.0.0.1:9" in study["overrides"]
    assert not [word for word in study["overrides"] if str(tmp_path) in word], "nor a folder of one's machine"
    script = command("export", "tracking.uri=http://me:s3cret@127.0.0.1:9", "data=digits", "transforms=none")
    assert script.returncode == 0, script.stderr
    assert "s3cret" not in script.stdout


@pytest.mark.parametrize("uri", ["ftp://me:s3cret@host/x", "http://me:s3cret@host:port"])
def test_a_wrong_address_is_told_without_its_password(uri: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert told(lambda: bool(locate(uri))) == 2
    said = capsys.readouterr().err
    assert "tracking.uri" in said
    assert "s3cret" not in said


def test_the_ui_listens_on_the_loopback_address() -> None:
    words = command(None, 5000)
    assert words[words.index("--host") + 1] == HOST == "127.0.0.1"


def test_a_server_is_told_its_store_where_other_users_cannot_read_it(capfd: pytest.CaptureFixture[str]) -> None:
    """A program in the server's place prints what it was started with."""
    show = [sys.executable, "-c", "import os; os.write(2, os.environ['MLFLOW_BACKEND_STORE_URI'].encode())"]
    assert run(show, "postgresql://me:s3cret@host/runs", "http://127.0.0.1:9", lambda: None) == 0
    assert capfd.readouterr().err == "postgresql://me:s3cret@host/runs"
