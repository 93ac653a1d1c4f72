"""The tutorial, followed from its first command to its last on a folder that its own script writes."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from tests.documented import BLOCK, TOP

PAGE = (TOP / "docs" / "tutorial.md").read_text(encoding="utf-8")
[SCRIPT] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
COMMANDS = [shlex.split(line)[1:] for line in BLOCK.findall(PAGE) if line.startswith("harness ")]


@pytest.mark.slow
@pytest.mark.long
def test_every_command_of_the_tutorial(
    command: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    assert len(COMMANDS) >= 9
    subprocess.run([sys.executable, "-c", SCRIPT], cwd=tmp_path, check=True)
    said = ""
    for words in COMMANDS:
        ended = command(*words)
        said += ended.stdout
        assert ended.returncode == (1 if words[0] == "audit" else 0), (words, ended.stdout, ended.stderr)
    assert "initial-loss" in said
    assert (tmp_path / "runs" / "photos" / "report.html").is_file()
    gap = pd.read_csv(tmp_path / "runs" / "photos" / "summary.csv").set_index("creation").loc["swap_head"]
    assert gap["verdict"] == "different"
    assert gap["diff_mean"] > 5
    zeros = pd.read_csv(tmp_path / "runs" / "photos_zeros" / "summary.csv").query("init == 'zeros'")
    assert zeros["top1_mean"].nunique() == 1, "one head for both methods"
    assert len(list((tmp_path / "runs" / "photos").glob("*/record.json"))) == 24
    written = subprocess.run([sys.executable, "plain.py"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert written.returncode == 0, written.stderr
