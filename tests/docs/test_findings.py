"""The scripts on other libraries keep to their form; what they show is shown by running them."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

SCRIPTS = sorted((Path(__file__).parents[2] / "findings").glob("*"))
MOST_LINES = 60


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_a_script_says_what_it_shows_and_stands_alone(script: Path) -> None:
    text = script.read_text(encoding="utf-8")
    header, _, body = text.partition("set -euo pipefail\n")
    assert script.suffix == ".sh"
    assert os.access(script, os.X_OK)
    assert len(text.splitlines()) <= MOST_LINES
    assert re.findall(r"^# (\w[\w ]*):", header, re.MULTILINE) == ["Guess", "What happens", "Versions", "Who is hit"]
    assert "trap 'rm -rf \"$folder\"' EXIT" in body
    installed = re.search(r'--python "\$folder/venv/bin/python" (.+)$', body, re.MULTILINE)
    assert installed
    assert all(re.fullmatch(r"[\w-]+==[\d.]+", package) for package in installed[1].split())
    assert "sys.exit(not (" in body, "another behaviour is a failure"
    assert not re.search(r"harness|index-url|https?:", text)
    assert subprocess.run(["bash", "-n", str(script)], check=False).returncode == 0


def test_there_are_some() -> None:
    assert SCRIPTS
