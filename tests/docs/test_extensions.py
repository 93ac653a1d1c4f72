"""The pages on extensions, done as they say: their files in a copy of the project, and then their commands."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
PAGES = sorted(path for path in (TOP / "docs" / "extend").glob("*.md") if path.name != "index.md")
FILE = re.compile(r'^```\w+ title="([^"]+)"\n(.*?)^```$', re.MULTILINE | re.DOTALL)
COMMANDS = re.compile(r"^```bash\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COPIED = ("harness", "conf", "tests", "docs", "pyproject.toml")
MOST_FILES, MOST_LINES = 2, 40
PASSED = re.compile(r"(\d+) passed")


def files(page: Path) -> dict[str, str]:
    """The files that a page tells the reader to write."""
    return dict(FILE.findall(page.read_text(encoding="utf-8")))


def test_the_overview_names_every_page() -> None:
    overview = (TOP / "docs" / "extend" / "index.md").read_text(encoding="utf-8")
    assert set(re.findall(r"\(([a-z_]+\.md)\)", overview)) == {page.name for page in PAGES}
    assert len(PAGES) >= 4


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_an_extension_is_two_short_files(page: Path) -> None:
    written = files(page)
    assert 1 <= len(written) <= MOST_FILES
    for name, text in written.items():
        assert not (TOP / name).exists(), "the example is not part of the project"
        assert len(text.splitlines()) <= MOST_LINES, name
        if name.endswith(".py"):
            checked = subprocess.run(
                [sys.executable, "-m", "ruff", "check", f"--stdin-filename={TOP / name}", "-"],
                input=text, text=True, capture_output=True, check=False,
            )  # fmt: skip
            assert checked.returncode == 0, checked.stdout


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_the_page_says_works(page: Path, tmp_path: Path) -> None:
    copy = tmp_path / "checkout"
    for name in COPIED:
        if (TOP / name).is_dir():
            shutil.copytree(TOP / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(TOP / name, copy / name)
    (copy / "results").symlink_to(TOP / "results")
    for name, text in files(page).items():
        (copy / name).write_text(text, encoding="utf-8")
    blocks = COMMANDS.findall(page.read_text(encoding="utf-8"))
    assert len(blocks) >= 2
    ran = ""
    for block in (*(each for each in blocks if "pytest" not in each), *(each for each in blocks if "pytest" in each)):
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block],
            cwd=copy, env=_environment(copy, tmp_path), text=True, capture_output=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"
        ran += done.stdout
    passed = PASSED.search(ran)
    assert passed, f"no test found the extension\n{ran}"
    assert int(passed[1]) >= 1
    assert "record: " in ran or "equal-classes" in (copy / "docs" / "audit.md").read_text(encoding="utf-8")


def _environment(copy: Path, scratch: Path) -> dict[str, str]:
    """`python`, `harness` and `pytest` as in an activated environment, of the copy and not of the project."""
    programs = scratch / "bin"
    programs.mkdir(exist_ok=True)
    for name, words in (("python", ""), ("harness", "-m harness"), ("pytest", "-m pytest -p no:cacheprovider")):
        program = programs / name
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" {words} "$@"\n', encoding="utf-8")
        program.chmod(0o755)
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
