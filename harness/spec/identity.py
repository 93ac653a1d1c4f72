"""A run's id: a hash of its spec in canonical form."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from harness.spec.numerics import numerics
from harness.spec.spec import Part, Spec

LENGTH = 12


def canonical(part: Part) -> dict[str, Any]:
    """The fields that identify a part: those that are not at their default and can change the numbers."""
    fields: dict[str, Any] = {}
    values = part.model_dump(mode="json", exclude=set(part.outside_identity))
    for name, field in type(part).model_fields.items():
        if name in part.outside_identity:
            continue
        value = getattr(part, name)
        if isinstance(value, Part):
            nested = canonical(value)
            if nested:
                fields[name] = nested
        elif value != field.get_default(call_default_factory=True):
            fields[name] = values[name]
    return fields


def _digest(spec: Spec, fields: dict[str, Any]) -> str:
    text = json.dumps({"numerics": numerics(spec), **fields}, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:LENGTH]


def identify(spec: Spec) -> tuple[str, str]:
    """The ids of a run and of its cell: 12 hexadecimal digits each, equal for equal specs on every machine.

    A cell's id is that of its spec without the seed. Runs whose split is set lie crossed, seeds by splits, in one cell:
    its id holds no split's number, only that there is one, since runs with a split of their own are no part of such a
    table.
    """
    fields = canonical(spec)
    run = _digest(spec, fields)
    fields.pop("seed", None)
    if spec.data.split is not None:
        fields["data"]["split"] = "crossed"
    return run, _digest(spec, fields)


def run_id(spec: Spec) -> str:
    """The id of a run; see `identify`."""
    return identify(spec)[0]


def cell_id(spec: Spec) -> str:
    """The id of a run's cell; see `identify`."""
    return identify(spec)[1]
