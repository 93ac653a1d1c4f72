"""The spec as a record holds it."""

from __future__ import annotations

from typing import Any

from harness.spec.spec import Spec


def portable(spec: Spec) -> dict[str, Any]:
    """The spec whole, but without paths of the machine."""
    fields = spec.model_dump(mode="json")
    for part, key in (("weights", "path"), ("data", "path"), ("data", "root"), ("shift", "path")):
        del fields[part][key]
    if fields["bridge"]["to"] is not None:
        del fields["bridge"]["to"]["weights"]["path"]
    return fields
