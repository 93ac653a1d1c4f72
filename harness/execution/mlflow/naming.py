"""Names under which a run is shown: its parameters, as on the command line, and a short title."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
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


def configuration(spec: dict[str, Any]) -> str:
    """A configuration's name for people: `create_model keep lr=0.001`, with all that differs from the defaults."""
    asked = overrides(spec)
    shown = {key: value for key, value in asked.items() if value != _defaults().get(key)}
    if "recipe.lr" in asked:
        shown["recipe.lr"] = asked["recipe.lr"]
    first = {"creation": asked.get("creation"), "init": asked.get("init")}
    return " ".join([*filter(None, first.values()), *_words({k: v for k, v in shown.items() if k not in first}, asked)])


def method(spec: dict[str, Any], arms: Iterable[str]) -> str:
    """What a study compares, of one run: `swap_head, zeros`.

    Of the settings that its arms may differ in, the creation and what is not at its default; where all is, the arms.
    """
    asked, arms = overrides(spec), tuple(arms)
    of_arms = {key: value for arm in arms for key, value in asked.items() if key == arm or key.startswith(f"{arm}.")}
    told = {key: value for key, value in of_arms.items() if key == "creation" or value != _defaults().get(key)}
    usual = {arm: asked[arm] for arm in arms if arm in asked}
    return ", ".join([*_words(told, asked)] or [*_words(usual, asked)]) or "default"


def _words(shown: dict[str, str], asked: dict[str, str]) -> Iterator[str]:
    """Settings in few words: variants by their names, other values as `key=value`; never the seed."""
    for key, value in shown.items():
        group, _, leaf = key.partition(".")
        if key == "seed" or leaf in ("fingerprint", "verify", "path"):
            continue
        if leaf.startswith("to."):  # of a bridge's far end what is unlike the run's own
            yield from _unlike(leaf.removeprefix("to."), value, asked)
        elif leaf == "name" or not leaf:
            if key == "replicate":
                yield f"replicate={value}"
            elif f"{group}.label" not in shown:
                yield value
        elif leaf == "label":
            yield value
        else:
            yield f"{leaf}={value}"


def _unlike(key: str, value: str, asked: dict[str, str]) -> list[str]:
    group, _, leaf = key.partition(".")
    own = asked.get(group if leaf == "name" and group in _groups() else key)
    hidden = value == own or leaf in ("fingerprint", "verify", "path") or (key == "norm" and value == "keep")
    return [] if hidden else [f"to={value}" if leaf == "name" else f"to.{key}={value}"]


def title(spec: dict[str, Any]) -> str:
    """A run's name for people: that of its configuration, and the seed."""
    return f"{configuration(spec)} s{spec['seed']}"
