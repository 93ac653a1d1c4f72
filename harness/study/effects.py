"""Keys of a sweep that only some of its methods have a use for.

A key that has no effect is an error, as it would be ignored. In a sweep there is one rule: it is accepted where it has
an effect in at least one cell, and the cells in which it has none are those of a request without it, ids included.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from harness.spec.errors import NoEffect
from harness.spec.rules import faults
from harness.spec.spec import Spec
from harness.study.request import Request, parse, parsed


def settled(configs: Iterable[dict[str, Any]]) -> list[Request]:
    """Every configuration of a sweep parsed, and keys set back where they have an effect elsewhere alone.

    Raises:
        RequestError: the faults of all of them, as `parsed` finds them.
    """
    asked = list(configs)
    found = parsed(asked)
    for _ in Spec.model_fields:  # a key that is set back may be what another one needs
        idle = [_idle(request.spec) for request in found]
        wanted = frozenset[str]().union(*idle)
        if not wanted:
            break
        used = {
            key
            for request, keys in zip(found, idle, strict=True)
            for key in wanted - keys
            if _is_set(request.spec, key)
        }
        at = [position for position, keys in enumerate(idle) if keys & used]
        if not at:
            break
        for position in at:
            asked[position] = _without(asked[position], sorted(idle[position] & used))
            found[position] = parse(asked[position])
    return found


def _idle(spec: Spec) -> frozenset[str]:
    return frozenset(fault.key for fault in faults(spec) if isinstance(fault, NoEffect))


def _default(key: str) -> Any:
    group, _, name = key.partition(".")
    part = Spec.model_fields[group].get_default(call_default_factory=True)
    return type(part).model_fields[name].get_default(call_default_factory=True)


def _is_set(spec: Spec, key: str) -> bool:
    group, _, name = key.partition(".")
    return bool(getattr(getattr(spec, group), name) != _default(key))


def _without(config: dict[str, Any], keys: Sequence[str]) -> dict[str, Any]:
    """A copy without these keys; runs that differ in their seed alone share their groups."""
    found = dict(config)
    for key in keys:
        group, _, name = key.partition(".")
        found[group] = {**found[group], name: _default(key)}
    return found
