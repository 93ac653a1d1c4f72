"""The page on several labels an image, followed from its script to its last command."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from tests.documented import BLOCK, TOP

PAGE = (TOP / "docs" / "labels.md").read_text(encoding="utf-8")
[SCRIPT] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
COMMANDS = [shlex.split(line)[1:] for line in BLOCK.findall(PAGE) if line.startswith("harness ")]

UNTRACKED = ("audit", "explain", "analyze", "register", "classify")


def test_every_command_of_the_page(
    command: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path, undrawn: None
) -> None:
    subprocess.run([sys.executable, "-c", SCRIPT], cwd=tmp_path, check=True)
    said = []
    for words in COMMANDS:
        ended = command(*words, *([] if words[0] in UNTRACKED else ["tracking=none"]))
        assert ended.returncode == 0, (words, ended.stdout, ended.stderr)
        said.append(ended.stdout)
    assert any("a uniform guess: 0.693" in each for each in said)
    answers = pd.read_csv(tmp_path / "answers.csv", keep_default_na=False)
    assert list(answers) == ["file", "even", "prime", "loop", "answer"]
    assert len(answers) == 600
    study = tmp_path / "runs" / "numbers"
    assert json.loads((study / "study.json").read_text(encoding="utf-8"))["metric"] == "average_precision"
    summary = pd.read_csv(study / "summary.csv")
    gap = summary.set_index(["creation", "init.bias"])["average_precision_mean"]
    assert gap["swap_head", "scheme"] > gap["create_model", "scheme"] + 5
    labels = pd.read_csv(study / "labels.csv")
    assert sorted(labels["label"].unique()) == ["even", "loop", "prime"]
    assert labels["units"].str.endswith("groups").all()
    assert (labels["auroc_low"] <= labels["auroc"]).all()
    assert (labels["auroc"] <= labels["auroc_high"]).all()
