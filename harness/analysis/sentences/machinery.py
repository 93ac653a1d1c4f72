"""A warning where the two sides of a comparison ran on different machinery."""

from __future__ import annotations

from collections.abc import Iterator

from harness.analysis.findings import Findings
from harness.analysis.sentences.wording import listed

NAMES = {
    "device": "devices",
    "threads": "numbers of threads",
    "precision": "precisions",
    "executor": "executors",
    "versions": "library versions",
}


def machinery(found: Findings) -> Iterator[str]:
    """One warning that names what is mixed, and in how many pairs."""
    if found.mixed:
        total = len(found.pairs)
        told = listed(f"{NAMES[kind]} ({count} of {total} pairs)" for kind, count in found.mixed.items())
        yield f"Warning: arms of one comparison mix {told}; such differences are not the method's alone."
