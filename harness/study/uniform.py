"""What holds for a study as a whole cannot differ between its runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from harness.spec.spec import Part
from harness.study.request import Request

PER_RUN = frozenset({"spec"})
MACHINE = "machine"
METRIC = "comparison.metric"


def disagreements(requests: Sequence[Request]) -> list[str]:
    """One line for each key outside the spec that has several values: all but the first would be ignored."""
    keys = [name for name in Request.model_fields if name not in PER_RUN]
    found: dict[str, list[Any]] = {}
    for request in requests:
        for key in keys:
            if getattr(request, key) != getattr(requests[0], key):
                for name, value, first in _unlike(key, getattr(request, key), getattr(requests[0], key)):
                    values = found.setdefault(name, [first])
                    values += [value] if value not in values else []
    return [
        f"{key}: is one for all runs of a study, got {_words(values)}; {_right(key)}" for key, values in found.items()
    ]


def _unlike(key: str, value: Any, first: Any) -> Iterator[tuple[str, Any, Any]]:
    if not isinstance(value, Part):
        yield key, value, first
        return
    prefix = "" if key == MACHINE else f"{key}."
    for name in type(value).model_fields:
        if getattr(value, name) != getattr(first, name):
            yield f"{prefix}{name}", getattr(value, name), getattr(first, name)


def _words(values: Sequence[Any]) -> str:
    return " and ".join("null" if value is None else str(value) for value in values)


def _right(key: str) -> str:
    if key == METRIC:
        return f"name the one that judges all of them, as {METRIC}=top1"
    return "start a command for each"
