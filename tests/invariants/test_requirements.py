"""What pyproject.toml says of the packages that this one needs."""

from __future__ import annotations

import ast
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

import harness

packaging = pytest.importorskip("packaging.requirements")

PROJECT = Path(__file__).parents[2] / "pyproject.toml"
BROUGHT = {
    "flask": "mlflow, whose server is one of its applications",
    "hydra_plugins": "by the extras `clusters` and `ray`",
    "markupsafe": "by Jinja2, whose templates hand out its type",
    "pynvml": "by nobody: read where it is installed",
}
"""Imported, and named by no requirement."""


def requirements() -> dict[str, str]:
    """By name, each package that is asked for, extras included, with its range."""
    with PROJECT.open("rb") as file:
        project = tomllib.load(file)["project"]
    lists = [project["dependencies"], *project["optional-dependencies"].values()]
    found = [packaging.Requirement(text) for each in lists for text in each]
    return {_normal(each.name): str(each.specifier) for each in found}


def _normal(name: str) -> str:
    return name.lower().replace("_", "-")


@pytest.mark.parametrize("name", requirements())
def test_every_requirement_has_a_lowest_version(name: str) -> None:
    """Without one, the lowest that a resolver finds is a release of years ago."""
    assert ">=" in requirements()[name]


def test_every_package_that_is_imported_is_named() -> None:
    """What only comes along with another package may be gone with its next release."""
    imported = set()
    for file in Path(harness.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {name.name.partition(".")[0] for name in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                imported.add(node.module.partition(".")[0])
    others = imported - set(sys.stdlib_module_names) - {"harness", *BROUGHT}
    known, named = packages_distributions(), set(requirements())
    missing = {name for name in others if not {_normal(each) for each in known.get(name, [name])} & named}
    assert not missing
