"""Names for specs that are compared: what tells them apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from harness.spec.spec import Spec


def names(specs: Sequence[Spec]) -> list[str]:
    """`swap_head, keep`, followed by every other setting in which they differ, `recipe.lr=0.01`."""
    flat = [dict(_flat(spec.model_dump(mode="json"))) for spec in specs]
    keys = [
        key
        for key in flat[0]
        if len({str(each.get(key)) for each in flat}) > 1 and key not in ("creation.name", "init.name")
    ]
    return [
        ", ".join([spec.creation.name, spec.init.name, *(f"{key.removesuffix('.name')}={each[key]}" for key in keys)])
        for spec, each in zip(specs, flat, strict=True)
    ]


def _flat(fields: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in fields.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value
