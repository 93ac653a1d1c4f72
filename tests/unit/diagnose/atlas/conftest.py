"""What the atlas's tests share."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest

from harness.diagnose.atlas.formula import derive
from harness.diagnose.atlas.libraries import Library
from harness.diagnose.atlas.measure import measure
from harness.diagnose.atlas.row import Row, text
from harness.spec.variants import load_variant


def _library(name: str) -> Library:
    library: Library = load_variant("harness.diagnose.atlas.libraries", name)()
    return library


@cache
def _row(architecture: str, library: str = "timm") -> Row:
    measured = measure(_library(library), architecture)
    return derive({column: text(value) for column, value in measured.items()})


@pytest.fixture(scope="session")
def library() -> Callable[[str], Library]:
    """A library by its name."""
    return _library


@pytest.fixture(scope="session")
def row() -> Callable[..., Row]:
    """The whole row of an architecture, measured the first time that a test asks for it."""
    return _row
