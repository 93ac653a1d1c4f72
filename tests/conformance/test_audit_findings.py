"""Whatever finding there is, found by its file, is declared, documented, named as its file and has a control."""

from __future__ import annotations

import importlib
import inspect
from pathlib import Path

import pytest

from harness.dev.audit_table import written
from harness.diagnose.audit.examine import FINDINGS
from harness.diagnose.audit.findings import Declaration
from harness.diagnose.audit.report import SEVERITIES
from harness.spec.variants import load_variant, variants
from tests.unit.diagnose.audit.controls import control

DOCUMENT = Path(__file__).parents[2] / "docs" / "audit.md"


@pytest.mark.parametrize("name", variants(FINDINGS))
def test_a_finding_is_declared_and_named_as_its_file_and_has_a_control(name: str) -> None:
    module, finding = importlib.import_module(f"{FINDINGS}.{name}"), load_variant(FINDINGS, name)
    assert f'id="{name.replace("_", "-")}"' in inspect.getsource(module)
    assert module.__doc__
    assert finding.__doc__
    declared = getattr(finding, "declaration", None)
    assert isinstance(declared, Declaration), f"{name} lacks @declares(...)"
    assert set(declared.severities) <= set(SEVERITIES)
    assert declared.severities
    assert not {"\n", "|"} & set(declared.measures + declared.threshold)
    assert callable(control(name))


def test_the_page_lists_what_the_findings_declare() -> None:
    page = DOCUMENT.read_text(encoding="utf-8")
    assert page == written(page), "python -m harness.dev.audit_table writes the table"
