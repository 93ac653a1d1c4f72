"""The committed results, which a source distribution leaves out."""

from __future__ import annotations

from pathlib import Path

import pytest

RESULTS = Path(__file__).parents[1] / "results"


def committed(*names: str) -> Path:
    """A file or folder of the committed results; the test is skipped where there are none at all, and not where one
    of them is missing."""
    if not RESULTS.is_dir():
        pytest.skip("the committed results are not here: a source distribution leaves them out")
    return RESULTS.joinpath(*names)
