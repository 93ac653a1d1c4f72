"""What the page on the architecture says of the code is so."""

from __future__ import annotations

import itertools
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.invariants.test_layers import PACKAGES, _imports

TOP = Path(__file__).parents[2]
PAGE = TOP / "docs" / "architecture.md"
TEXT = PAGE.read_text(encoding="utf-8")
PICTURE = (TOP / "docs" / "images" / "run_path.svg").read_text(encoding="utf-8")
HOPS = re.findall(r"^\d+\. \[`(harness/[\w/]+\.py)`\]", TEXT, re.MULTILINE)
MOST_HOPS = 6


def test_the_table_lists_the_packages_in_the_order_of_imports() -> None:
    assert re.findall(r"^\| `(\w+)` \| \w", TEXT.split("## The path")[0], re.MULTILINE) == PACKAGES


def test_a_run_passes_six_files_at_most_and_each_imports_the_next() -> None:
    assert 2 <= len(HOPS) <= MOST_HOPS
    assert HOPS[0] == "harness/cli/main.py"
    for here, following in itertools.pairwise(HOPS):
        module = following.removeprefix("harness/").removesuffix(".py").replace("/", ".")
        imported = _imports(TOP / here)
        assert any(f"{each}.".startswith(f"{module}.") for each in imported), f"{here} does not import {following}"


@pytest.mark.slow
def test_a_run_executes_each_of_them() -> None:
    counted = subprocess.run(
        [sys.executable, "-m", "harness.dev.path", "creation=swap_head", "recipe.epochs=1", "device=cpu", "threads=1"],
        cwd=TOP, text=True, capture_output=True, check=True,
    )  # fmt: skip
    assert {hop.removeprefix("harness/") for hop in HOPS} <= set(counted.stdout.splitlines())


def test_the_picture_shows_the_same_path_and_says_so_in_words() -> None:
    drawn = re.findall(r'class="name"[^>]*>([^<]+)<', PICTURE)
    assert drawn[:-1] == HOPS
    root = ElementTree.fromstring(PICTURE)
    described = root.find("{http://www.w3.org/2000/svg}desc")
    assert root.find("{http://www.w3.org/2000/svg}title") is not None
    assert described is not None
    assert all(hop in str(described.text) for hop in HOPS)
    assert "prefers-color-scheme: dark" in PICTURE


@pytest.mark.parametrize("page", ["docs/architecture.md", "CONTRIBUTING.md", *(
    str(path.relative_to(TOP)) for path in sorted((TOP / "docs" / "extend").glob("*.md"))
)])  # fmt: skip
def test_every_file_named_is_there(page: str) -> None:
    text = re.sub(r"^```.*?^```$", "", (TOP / page).read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    folders = r"`((?:harness|conf|tests|docs|findings|results|\.ci)/[\w/.-]+)`"
    named = {name for name in re.findall(folders, text) if "NAME" not in name}
    linked = {link.partition("#")[0] for link in re.findall(r"\]\((?!https?:)([^)\s]+)\)", text)} - {""}
    assert {name for name in named if not (TOP / name).exists()} == set()
    assert {link for link in linked if not ((TOP / page).parent / link).exists()} == set()


def test_the_types_are_defined_in_the_files_named() -> None:
    for row in re.findall(r"^\| (`[A-Z][^|]*) \| ([^|]*) \|", TEXT, re.MULTILINE):
        code = "".join((TOP / name).read_text(encoding="utf-8") for name in re.findall(r"\[`([^`]+)`\]", row[1]))
        for name in re.findall(r"`(\w+)`", row[0]):
            assert f"class {name}" in code, name
