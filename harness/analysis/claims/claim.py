"""A claim of the source documents."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

from omegaconf import OmegaConf
from pydantic import Field

from harness.spec.spec import Part

FILE = Path(__file__).parent / "claims.yaml"
KINDS = {"T": "training runs", "F": "a fact about a library", "R": "a recipe of several parts"}


class Claim(Part):
    """`says` in this project's words; `untried` is what of it no evidence here speaks to."""

    number: int = Field(ge=1)
    area: str
    kind: Literal["T", "F", "R"]
    says: str
    untried: str = ""


@cache
def claims() -> tuple[Claim, ...]:
    """All of them, by number."""
    found = [Claim.model_validate(OmegaConf.to_container(entry)) for entry in OmegaConf.load(FILE)]
    return tuple(sorted(found, key=lambda claim: claim.number))
