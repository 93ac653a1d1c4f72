"""From the jobs of a sweep to its requests: keys of some methods alone, keys of all, and what changes with a method."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from harness.analysis.settings import settings
from harness.spec.errors import NoEffect
from harness.spec.identity import configuration_id
from harness.spec.rules import faults
from harness.spec.spec import Part, Spec
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


def _neutral(key: str) -> Any:
    group, _, name = key.partition(".")
    part = Spec.model_fields[group].get_default(call_default_factory=True)
    return type(part).model_fields[name].get_default(call_default_factory=True)


def _is_set(spec: Spec, key: str) -> bool:
    group, _, name = key.partition(".")
    return bool(getattr(getattr(spec, group), name) != _neutral(key))


def _without(config: dict[str, Any], keys: Sequence[str]) -> dict[str, Any]:
    """A copy without these keys; runs that differ in their seed alone share their groups."""
    found = dict(config)
    for key in keys:
        group, _, name = key.partition(".")
        found[group] = {**found[group], name: _neutral(key)}
    return found


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
        f"{key}: is one for all runs of a study, got {_listed(values)}; {_remedy(key)}" for key, values in found.items()
    ]


def _unlike(key: str, value: Any, first: Any) -> Iterator[tuple[str, Any, Any]]:
    if not isinstance(value, Part):
        yield key, value, first
        return
    prefix = "" if key == MACHINE else f"{key}."
    for name in type(value).model_fields:
        if getattr(value, name) != getattr(first, name):
            yield f"{prefix}{name}", getattr(value, name), getattr(first, name)


def _listed(values: Sequence[Any]) -> str:
    return " and ".join("null" if value is None else str(value) for value in values)


def _remedy(key: str) -> str:
    if key == METRIC:
        return f"name the one that judges all of them, as {METRIC}=top1"
    return "start a command for each"


SEED = "seed"


def accompanying(jobs: Sequence[Sequence[str]], requests: Sequence[Request]) -> tuple[str, ...]:
    """Settings, outside those that the study compares, in which runs differ whose overrides differ in these alone.

    `creation=custom` builds its weights itself, so that `weights` differs from that of `creation=create_model`: told
    apart by it, the two would lie in different rows and would not be compared. What the sweep itself varies, on the
    command line or in a block, is not among them.
    """
    compared = requests[0].comparison.arms
    rows: dict[frozenset[str], list[dict[str, Any]]] = {}
    seen = set()
    for overrides, request in zip(jobs, requests, strict=True):
        configuration = configuration_id(request.spec)
        if configuration not in seen:
            seen.add(configuration)
            row = frozenset(line for line in overrides if not _is_of(_key(line), (*compared, SEED)))
            rows.setdefault(row, []).append(settings(request.spec.model_dump(mode="json")))
    found: dict[str, None] = {}
    for columns in rows.values():
        for name in dict.fromkeys(key for column in columns for key in column):
            if (
                not _is_of(name, (*compared, SEED, "replicate"))
                and len({str(column.get(name)) for column in columns}) > 1
            ):
                found[name.removesuffix(".fingerprint").removesuffix(".name")] = None
    return tuple(found)


def _key(override: str) -> str:
    return override.partition("=")[0].lstrip("+~")


def _is_of(name: str, groups: Iterable[str]) -> bool:
    return any(name == group or name.startswith(f"{group}.") for group in groups)
