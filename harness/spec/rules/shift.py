"""Keys of a shifted test part."""

from __future__ import annotations

from collections.abc import Iterator

from harness.spec.rules.fault import no_effect
from harness.spec.spec import Shift, Spec

_KEYS = {"kinds": "corruptions", "severity": "corruptions", "path": "folder"}


def shift(spec: Spec) -> Iterator[str]:
    """Keys that only another shift has, a folder that is not named, and a mistake on top of a shift."""
    asked = spec.shift
    for key, having in _KEYS.items():
        if asked.name != having and getattr(asked, key) != Shift.model_fields[key].default:
            yield no_effect(f"shift.{key}", f"under shift={asked.name}; use shift={having}")
    if asked.name == "folder" and asked.path is None and asked.fingerprint is None:
        yield "shift.path: shift=folder needs the folder that holds CLASS/*"
    if asked.name != "none" and spec.evaluation.name != "proper":
        yield f"shift: {asked.name} has no place beside evaluation={spec.evaluation.name}; choose one of them"
