"""A wrong request ends in a short message that names the field and what would be right; nothing is trained."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hydra.core.global_hydra import GlobalHydra

from harness.cli.main import command_line

WRONG = [
    (["creation=creat_model"], ["creation", "create_model", "swap_head"]),
    (["regularization.drop_rate=2"], ["regularization.drop_rate", "below 1"]),
    (["seed=-1"], ["seed", "at least 0"]),
    (["device=cuda:99"], ["device", "cuda:99", "cpu"]),
    (["-m", "regularization.drop_rate=0,2"], ["regularization.drop_rate", "below 1"]),
    (["+experiment=no_such_study"], ["experiment", "no_such_study", "gap"]),
    (["recipe.lrr=1"], ["recipe.lrr", "recipe.lr"]),
    (["weights.path=nowhere.safetensors", "weights=file"], ["weights.path", "no file"]),
    (["regularization.attn_drop_rate=0.1"], ["regularization.attn_drop_rate", "test_efficientnet has none"]),
    (["backbone.kwargs.nonsense=1"], ["backbone.kwargs.nonsense", "test_efficientnet has none"]),
    (["backbone.name=resnet1888"], ["backbone.name", "resnet18"]),
    (["weights=hub", "backbone.name=resnet18"], ["weights", "cannot be reached", "weights=bundled"]),
    (["shift=corruptions", "shift.kinds=[gausian_noise]"], ["shift.kinds", "did you mean gaussian_noise"]),
    (["shift=corruptions", "shift.severity=6"], ["shift.severity", "at most 5"]),
    (["shift=folder", "shift.path=nowhere"], ["shift.path", "no folder"]),
    (["shift=corruptions", "evaluation=bgr"], ["shift", "evaluation=bgr"]),
    (["comparison.metric=shift_top1"], ["comparison.metric", "shift=corruptions"]),
    (["comparison.correction=bonferroni"], ["comparison.correction", "'holm' or 'fdr'"]),
    (["data.split=-1"], ["data.split", "at least 0"]),
    (["search.trials=5"], ["search.trials", "harness search"]),
    (["plan", "-m", "seed=0,1", "++search.seeds=2"], ["search.seeds", "harness search"]),
    (["-m", "+experiment=gap,norms"], ["+experiment=gap", "harness -m +experiment=gap"]),
    (["plan", "-m", "+experiment=gap,norms"], ["+experiment=gap", "harness -m +experiment=gap"]),
    (["audit", "+experiment=gap"], ["experiment", "harness -m"]),
    (["bridge", "+experiment=gap"], ["experiment", "harness -m"]),
    (["-m", "study=a,b", "seed=0,1"], ["study", "a and b"]),
    (["frobnicate"], ["frobnicate", "report"]),
    (["report", "study=never_run"], ["study", "never_run"]),
]


TYPED = (0, 4, 5)
"""A run, a sweep and a study that are started as a user starts them; the others share this process's imports."""


def assert_told(code: object, said: str, named: list[str], folder: Path) -> None:
    assert code == 2
    assert all(word in said for word in named), said
    assert "Traceback" not in said
    assert said.count("\n") <= 4
    assert not list(folder.rglob("record.json"))


@pytest.mark.parametrize(("arguments", "named"), WRONG, ids=[" ".join(arguments) for arguments, _ in WRONG])
def test_wrong_requests(
    tmp_path: Path,
    arguments: list[str],
    named: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", sys.path.copy())
    monkeypatch.setattr(sys, "argv", ["harness", *arguments])
    GlobalHydra.instance().clear()
    with pytest.raises(SystemExit) as ended:
        command_line()
    assert_told(ended.value.code, capsys.readouterr().err, named, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("number", TYPED)
def test_wrong_requests_as_typed(
    started: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path, number: int
) -> None:
    arguments, named = WRONG[number]
    done = started(*arguments)
    assert_told(done.returncode, done.stderr, named, tmp_path)
