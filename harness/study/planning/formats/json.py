"""JSON, for programs."""

from __future__ import annotations

import json as library
from dataclasses import asdict

from harness.records.store import rounded
from harness.study.planning.plan import SweepPlan


def json(plan: SweepPlan) -> str:
    """One object; times in seconds, sizes in bytes, and null where nothing is known."""
    return library.dumps(rounded(asdict(plan)), indent=1)
