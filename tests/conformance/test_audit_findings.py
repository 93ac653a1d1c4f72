"""Whatever finding there is, found by its file, is documented, planted in a test and named as its file."""

from __future__ import annotations

import importlib
import inspect
from pathlib import Path

import pytest

from harness.diagnose.audit.examine import FINDINGS
from harness.spec.variants import load_variant, variants
from tests.unit.diagnose.audit import planted

DOCUMENT = Path(__file__).parents[2] / "docs" / "audit.md"


@pytest.mark.parametrize("name", variants(FINDINGS))
def test_a_finding_is_planted_documented_and_named_as_its_file(name: str) -> None:
    identity = name.replace("_", "-")
    module = importlib.import_module(f"{FINDINGS}.{name}")
    assert f'id="{identity}"' in inspect.getsource(module)
    assert module.__doc__
    assert load_variant(FINDINGS, name).__doc__
    assert callable(getattr(planted, name))
    assert f"| `{identity}` |" in DOCUMENT.read_text(encoding="utf-8")
