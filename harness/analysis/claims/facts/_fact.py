"""One thing that a claim says of a library, and whether it is so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

LONGEST = 160


@dataclass(frozen=True)
class Fact:
    """`on` is what it was tried on; `so` is whether it is as the claim says."""

    claim: int
    says: str
    on: str
    so: bool
    evidence: str


def failure(call: Callable[[], Any]) -> str | None:
    """The first line of what a call raises, or None where it goes through."""
    try:
        call()
    except Exception as error:  # whatever a library raises is the finding
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        text = f"{type(error).__name__}: {' '.join(lines[:2])}"
        return text if len(text) <= LONGEST else f"{text[:LONGEST]} ..."
    return None
