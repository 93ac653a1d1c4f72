"""The two kinds of config group: plain fields, and a choice among the variants of a package."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict, field_validator

from harness.spec.variants import suggest, variants


class Part(BaseModel):
    """A config group: immutable, and unknown keys are an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
    outside_identity: ClassVar[frozenset[str]] = frozenset()


class Variant(Part):
    """A group whose `name` is a module in the package that serves it."""

    package: ClassVar[str]

    @field_validator("name", check_fields=False)
    @classmethod
    def _exists(cls, name: str) -> str:
        known = variants(cls.package)
        if name not in known:
            raise ValueError(f"there is no '{name}'; {suggest(name, known)}")
        return name
