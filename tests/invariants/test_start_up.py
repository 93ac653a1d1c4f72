"""What is quick to say is said quickly: only what looks into a model or into pixels waits for torch."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

SLOW = ("torch", "torchvision", "timm", "mlflow", "sklearn", "transformers", "fastai")
MINI = Path(__file__).parents[1] / "golden" / "mini"

START = f"""
import json, sys
from harness.cli.main import command_line
sys.argv = ["harness", *json.loads(sys.argv[1])]
try:
    command_line()
except SystemExit as ended:
    code = ended.code or 0
else:
    code = 0
print(json.dumps([code, sorted(set(sys.modules) & set({SLOW}))]))
"""


def started(folder: Path, *arguments: str) -> tuple[int, list[str]]:
    """The exit code of a command in a process of its own, and which of the slow libraries it imported."""
    done = subprocess.run(
        [sys.executable, "-c", START, json.dumps(arguments)], cwd=folder, capture_output=True, text=True, check=True
    )
    code, imported = json.loads(done.stdout.splitlines()[-1])
    return code, imported


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--help"], 0),
        (["recipe.lrr=1"], 2),
        (["-m", "regularization.drop_rate=0,2"], 2),
        (["plan", "creation=creat_model"], 2),
    ],
)
def test_a_wrong_request_and_help_need_no_torch(arguments: list[str], code: int, tmp_path: Path) -> None:
    assert started(tmp_path, *arguments) == (code, [])


def test_what_reads_records_needs_no_torch(tmp_path: Path) -> None:
    assert started(tmp_path, "report", f"out={MINI.parent}", "study=mini", f"to={tmp_path / 'answer'}") == (0, [])
    assert started(tmp_path, "compare", str(MINI), str(MINI)) == (0, [])


def test_a_plan_is_made_without_torch_once_its_cells_are_known(
    tmp_path: Path, command: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    sweep = ["plan", "-m", "backbone=test_resnet,test_vit", "regularization.attn_drop_rate=0.1", "tracking=none"]
    first = command(*sweep)
    assert "test_resnet has none" in first.stdout, first.stderr
    assert started(tmp_path, *sweep) == (0, [])
    assert command(*sweep).stdout == first.stdout
