"""The wheel holds the product: neither the tools that make and judge the project, nor tests."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def packed() -> set[str]:
    """The files of the wheel by their names in it, as the build backend lists them; nothing is built."""
    wheel = pytest.importorskip("hatchling.builders.wheel", reason="needs the build backend, hatchling")
    builder = wheel.WheelBuilder(str(ROOT))
    return {Path(each.distribution_path).as_posix() for each in builder.recurse_included_files()}


def test_the_wheel_is_told_to_leave_out_what_needs_a_checkout() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        wheel = tomllib.load(file)["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert wheel["packages"] == ["harness"]
    assert "/harness/dev" in wheel["exclude"]


def test_the_wheel_holds_the_product_and_its_configuration_and_nothing_else() -> None:
    found = packed()
    assert {"harness/cli/main.py", "harness/py.typed", "harness/diagnose/predict/coefficients.json"} <= found
    assert "harness/conf/config.yaml" in found
    modules = {name for name in found if name.endswith(".py")}
    assert not {name for name in found if not name.startswith("harness/") or name.startswith("harness/dev/")}
    assert not {name for name in modules if Path(name).name.startswith(("test_", "conftest"))}


def test_no_module_of_the_wheel_imports_what_is_not_in_it() -> None:
    """Even inside a function: an installed package would fail there, and nowhere before."""
    found = []
    for file in (ROOT / "harness").rglob("*.py"):
        if "dev" in file.relative_to(ROOT / "harness").parts[:1]:
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [each.name for each in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
            if any(name == "harness.dev" or name.startswith("harness.dev.") for name in names):
                found.append(str(file.relative_to(ROOT)))
    assert not found
