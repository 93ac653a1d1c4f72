"""Models for the audit's tests: the bundled ones with their weights, and a small one written out."""

from __future__ import annotations

import pytest

from tests.unit.diagnose.audit.lab import Lab, Small


@pytest.fixture
def small() -> Small:
    return Lab().small()


@pytest.fixture
def lab() -> Lab:
    return Lab()
