"""A record's spec as flat columns with the short names that the tables use."""

from __future__ import annotations

import json
from typing import Any

import orjson

DEFAULT = "default"
"""Stands for null: what the library, or the group, does by itself."""

_OUTSIDE = frozenset({"path", "verify", "label"})


def short_name(group: str, values: dict[str, Any]) -> Any:
    """The one value that names a group: its label where content has one, else the variant's name."""
    if group == "creation" and values.get("name") == "custom":
        return values.get("target") or "custom"
    if group in ("data", "weights"):
        return values.get("label") or values.get("name")
    return values.get("name")


def _plain(value: Any) -> Any:
    if value is None:
        return DEFAULT
    return json.dumps(value, sort_keys=True) if isinstance(value, dict | list) else value


def hybrid(spec: dict[str, Any]) -> str | None:
    """What a hybrid model takes over from another creation, named by what differs there; None for an ordinary run.

    `swap_head's head_bias, head_scale`.
    """
    bridge = spec["bridge"]
    if not bridge.get("takes"):
        return None
    to = bridge["to"]
    single = {key: value for key, value in to.items() if not isinstance(value, dict)}  # they are the transfer's
    away = {f"transfer.{key}": value for key, value in single.items()}
    here = {f"transfer.{key}": spec["transfer"].get(key) for key in single}
    for group, values in to.items():
        if group in single:
            continue
        away |= {f"{group}.{key}": value for key, value in values.items() if key not in _OUTSIDE or key == "label"}
        here |= {f"{group}.{key}": value for key, value in spec[group].items()}
    different = {
        key: value for key, value in away.items() if value != here.get(key) and not key.endswith("fingerprint")
    }
    named = [
        str(_plain(value)) if key.endswith((".name", ".label")) else f"{key}={_plain(value)}"
        for key, value in different.items()
    ]
    return f"{', '.join(named)}'s {', '.join(bridge['takes'])}"


def settings(spec: dict[str, Any]) -> dict[str, Any]:
    """Short columns (`creation`, `init`, `backbone`, `data`, ...), dotted ones for the rest, and `seed`."""
    columns: dict[str, Any] = {}
    for group, values in spec.items():
        if not isinstance(values, dict):
            columns[group] = _plain(values)
            continue
        if group == "bridge":
            columns[group] = _plain(hybrid(spec))
            continue
        if "name" in values:
            columns[group] = _plain(short_name(group, values))
        for key, value in values.items():
            if key in _OUTSIDE or (key == "name" and columns[group] == value):
                continue
            if key == "kwargs":
                columns |= {f"{group}.kwargs.{name}": _plain(entry) for name, entry in (value or {}).items()}
            else:
                columns[f"{group}.{key}"] = _plain(value)
    return columns


def settings_of(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The settings of each record's run; specs that are alike but for the seed are flattened once."""
    known: dict[bytes, dict[str, Any]] = {}
    rows = []
    for record in records:
        spec = record.get("spec") or {}
        seed = {"seed": spec["seed"]} if "seed" in spec else {}
        key = orjson.dumps(spec | dict.fromkeys(seed))
        if key not in known:
            known[key] = settings(spec)
        rows.append(known[key] | seed)
    return rows
