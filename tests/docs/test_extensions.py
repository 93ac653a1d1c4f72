"""The pages on extensions, done as they say: their files in a copy of the project, and then their commands."""

from __future__ import annotations

import os
import re
import shlex
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


def commands(page: Path) -> tuple[list[str], list[str]]:
    """What a page tells the reader to type: first what tries the extension, then the words behind `pytest`."""
    blocks = COMMANDS.findall(page.read_text(encoding="utf-8"))
    tests = [block for block in blocks if block.startswith("pytest ")]
    assert len(tests) == 1
    return [block for block in blocks if block not in tests], shlex.split(tests[0])[1:]


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with the files of all pages, which add each a thing of another kind."""
    copy = tmp_path_factory.mktemp("extended") / "checkout"
    for name in COPIED:
        if (TOP / name).is_dir():
            shutil.copytree(TOP / name, copy / name)
        else:
            shutil.copy(TOP / name, copy / name)
    (copy / "results").symlink_to(TOP / "results")
    for page in PAGES:
        for name, text in files(page).items():
            (copy / name).write_text(text, encoding="utf-8")
    return copy


@pytest.mark.long
def test_what_the_pages_say_works(extended: Path, tmp_path: Path) -> None:
    environment = _environment(extended, tmp_path)
    places: dict[str, None] = {}
    words = []
    for page in PAGES:
        tried, tests = commands(page)
        told = "".join(_done(["bash", "-euo", "pipefail", "-c", block], extended, environment) for block in tried)
        assert tried, page.name
        assert "record: " in told or "equal-classes" in (extended / "docs" / "audit.md").read_text(encoding="utf-8")
        places |= dict.fromkeys(tests[: tests.index("-k")])
        words.append(tests[tests.index("-k") + 1])
    joined = " or ".join(f"({word})" for word in words)
    passed = _done(["pytest", *places, "-rp", "-k", joined], extended, environment)  # one start for all of them
    for word in words:
        assert any(name in passed for name in word.split(" or ")), f"no test found {word}\n{passed}"


def _done(words: list[str], copy: Path, environment: dict[str, str]) -> str:
    done = subprocess.run(words, cwd=copy, env=environment, text=True, capture_output=True, check=False)
    assert done.returncode == 0, f"{words[-1]}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def _environment(copy: Path, scratch: Path) -> dict[str, str]:
    """`python`, `harness` and `pytest` as in an activated environment, of the copy and not of the project."""
    programs = scratch / "bin"
    programs.mkdir(exist_ok=True)
    for name, words in (("python", ""), ("harness", "-m harness"), ("pytest", "-m pytest -p no:cacheprovider")):
        program = programs / name
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" {words} "$@"\n', encoding="utf-8")
        program.chmod(0o755)
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PATH": path, "PYTHONPATH": str(copy)}
