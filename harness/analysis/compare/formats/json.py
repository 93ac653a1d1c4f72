"""JSON, for programs."""

from __future__ import annotations

import json as library
from dataclasses import asdict

from harness.analysis.compare.comparison import Comparison
from harness.records.store import rounded


def json(found: Comparison) -> str:
    """One object; what is not finite is null."""
    return library.dumps(rounded(asdict(found)), indent=1)
