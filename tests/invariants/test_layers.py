"""Twelve packages, and imports in one direction: from the spec to the command line."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import harness

PACKAGES = [
    "spec", "records", "model", "data", "training", "execution", "analysis", "study", "diagnose", "integrations",
    "cli", "dev",
]  # fmt: skip
ROOT = Path(harness.__file__).parent
PUBLIC = {"__init__", "__main__", "audit", "pytest_plugin"}
"""What stands beside the packages: names under which users import what lies inside."""


def _imports(file: Path) -> set[str]:
    """Dotted names below `harness` that a file imports; of `from a import b` both `a` and `a.b`."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{name.name}" for name in node.names}
        elif isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
    return {name.removeprefix("harness.") for name in found if name.startswith("harness.")}


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_imports_only_from_those_before_it(package: str) -> None:
    allowed = set(PACKAGES[: PACKAGES.index(package) + 1])
    for file in (ROOT / package).rglob("*.py"):
        later = {name for name in _imports(file) if name.split(".")[0] not in allowed | PUBLIC | {"__version__"}}
        assert not later, f"{file.relative_to(ROOT)} imports {later}"


@pytest.mark.parametrize("package", PACKAGES)
def test_what_begins_with_an_underscore_is_imported_in_its_own_package_alone(package: str) -> None:
    for file in (ROOT / package).rglob("*.py"):
        for name in _imports(file):
            first, *rest = name.split(".")
            private = any(part.startswith("_") and not part.startswith("__") for part in rest)
            assert first == package or not private, f"{file.relative_to(ROOT)} imports {name}"


def test_the_packages_are_these_and_none_is_called_parts() -> None:
    assert {path.parent.name for path in ROOT.glob("*/__init__.py")} == set(PACKAGES)
    assert {path.stem for path in ROOT.glob("*.py")} == PUBLIC
    assert not [path for path in ROOT.rglob("parts") if path.is_dir()]


def test_analysis_and_a_study_live_without_torch_and_a_run_with_neither_hydra_nor_mlflow() -> None:
    """In one process, as what is not there after all was there after none; a study may have nothing to train."""
    code = (
        "import sys, harness, harness.analysis.answer, harness.study.conduct; assert 'torch' not in sys.modules; "
        "import harness.training.run; assert not {'hydra', 'mlflow', 'omegaconf'} & set(sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
