"""Machinery on which the two sides ran: what differs there may be the cause of any other difference."""

from __future__ import annotations

from typing import Any

from harness.analysis.mixing import MACHINERY

VERSION = "version."


def provenance(record: dict[str, Any]) -> dict[str, Any]:
    """Commit, device, versions and the like as one flat row."""
    given = record.get("provenance") or {}
    flat = {name: given.get(name) for name in ("git_commit", "git_dirty", "device", "threads", "precision", "executor")}
    flat["pipeline"] = given.get("pipeline")
    flat |= {f"{VERSION}{name}": value for name, value in (given.get("versions") or {}).items()}
    return flat | {f"hardware.{name}": value for name, value in (given.get("hardware") or {}).items()}


def apart(a: dict[str, Any], b: dict[str, Any]) -> tuple[str, ...]:
    """A warning for each kind of machinery in which two records differ."""
    left, right = provenance(a), provenance(b)
    differing = [key for key in left if None not in (left[key], right.get(key)) and left[key] != right[key]]
    told = {name: f"{left[name]} and {right[name]}" for name in differing}
    versions = [f"{name.removeprefix(VERSION)} {text}" for name, text in told.items() if name.startswith(VERSION)]
    if versions:
        told["versions"] = ", ".join(versions)
    return tuple(f"the two ran on different {name}: {told[name]}" for name in MACHINERY if name in told)
