"""For programs."""

from __future__ import annotations

import json as encoder
import math
from dataclasses import asdict
from typing import Any

from harness.diagnose.analyze.analysis import Analysis
from harness.diagnose.analyze.notes import notes


def json(found: Analysis) -> str:
    """Everything but the pictures; what is infinite is null."""
    content = {
        "label": found.label,
        "classes": list(found.classes),
        "parts": {part.name: asdict(part) for part in found.descriptions},
        "duplicates": {
            kind: [{**asdict(pair), "across": pair.across, "conflict": pair.conflict} for pair in pairs]
            for kind, pairs in (("exact", found.duplicates.exact), ("near", found.duplicates.near))
        },
        "compared": found.duplicates.compared,
        "shared_groups": found.shared_groups,
        "intensity": found.intensity,
        "notes": notes(found),
        "choices": [asdict(choice) for choice in found.choices],
        "command": found.command,
    }
    return encoder.dumps(_finite(content), indent=1)


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(entry) for entry in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
