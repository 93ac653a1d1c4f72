"""Imports go in one direction, from the spec to the command line."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import harness

LAYERS = [
    "spec", "weights", "init", "heads", "creation", "models", "data", "shift", "transforms", "metrics", "probes",
    "recipe", "transfer", "hybrids", "evaluation", "records", "training", "executors", "jobs", "search", "tracking",
    "analysis", "studies", "analyze", "upstream", "bench", "conformance", "audit", "atlas", "explain", "predict",
    "export", "registry", "compare", "claims", "plan", "cli", "matrix",
]  # fmt: skip
ROOT = Path(harness.__file__).parent


def _imports(file: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
        elif isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
    return {name.split(".")[1] for name in found if name.startswith("harness.")}


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_imports_only_from_those_before_it(layer: str) -> None:
    allowed = set(LAYERS[: LAYERS.index(layer) + 1])
    for file in (ROOT / layer).rglob("*.py"):
        assert _imports(file) <= allowed, f"{file.relative_to(ROOT)} imports {_imports(file) - allowed}"


def test_every_folder_has_a_place_among_the_layers() -> None:
    assert {path.parent.name for path in ROOT.glob("*/__init__.py")} == set(LAYERS)


def test_analysis_lives_without_torch_and_a_run_with_neither_hydra_nor_mlflow() -> None:
    """In one process, as what is not there after both was there after neither."""
    code = (
        "import sys, harness.analysis.answer; assert 'torch' not in sys.modules; "
        "import harness.training.run; assert not {'hydra', 'mlflow', 'omegaconf'} & set(sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
