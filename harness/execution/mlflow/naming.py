"""Names under which a run is shown: its parameters, as on the command line, and a short title."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from harness.spec.spec import Spec, Variant


@cache
def _groups() -> frozenset[str]:
    """Groups whose name is given as `group=name` on the command line."""
    return frozenset(
        name
        for name, field in Spec.model_fields.items()
        if isinstance(field.annotation, type) and issubclass(field.annotation, Variant)
    )


def _flat(prefix: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, entry in value.items():
            yield from _flat(f"{prefix}.{key}" if prefix else str(key), entry)
    elif value is not None:
        yield prefix, value


def overrides(spec: dict[str, Any]) -> dict[str, str]:
    """A spec as the overrides that ask for it: `creation`, `recipe.lr`, ... What is null is left out."""
    named = {}
    for key, value in _flat("", spec):
        group, _, leaf = key.partition(".")
        name = group if leaf == "name" and group in _groups() else key
        named[name] = value if isinstance(value, str) else json.dumps(value)
    return named


@cache
def _defaults() -> dict[str, str]:
    return overrides(Spec().model_dump(mode="json"))


def cell(spec: dict[str, Any]) -> str:
    """A cell's name for people: `create_model keep lr=0.001`, with all that differs from the defaults."""
    asked = overrides(spec)
    words = [asked.get("creation", ""), asked.get("init", "")]
    shown = {key: value for key, value in asked.items() if value != _defaults().get(key)}
    if "recipe.lr" in asked:
        shown["recipe.lr"] = asked["recipe.lr"]
    for key, value in shown.items():
        group, _, leaf = key.partition(".")
        if key in ("creation", "init", "seed") or leaf in ("fingerprint", "verify", "path"):
            continue
        if leaf.startswith("to."):  # of a bridge's far end what is unlike the run's own
            words += _unlike(leaf.removeprefix("to."), value, asked)
            continue
        if leaf == "name" or not leaf:
            if key == "replicate":
                words.append(f"replicate={value}")
            elif f"{group}.label" not in shown:
                words.append(value)
        elif leaf == "label":
            words.append(value)
        else:
            words.append(f"{leaf}={value}")
    return " ".join(filter(None, words))


def _unlike(key: str, value: str, asked: dict[str, str]) -> list[str]:
    group, _, leaf = key.partition(".")
    own = asked.get(group if leaf == "name" and group in _groups() else key)
    hidden = value == own or leaf in ("fingerprint", "verify", "path") or (key == "norm" and value == "keep")
    return [] if hidden else [f"to={value}" if leaf == "name" else f"to.{key}={value}"]


def title(spec: dict[str, Any]) -> str:
    """A run's name for people: that of its cell, and the seed."""
    return f"{cell(spec)} s{spec['seed']}"
