"""Positive controls: for every finding, under its name, a model with the fault, a healthy twin, and the severity.

A control is a public function of any module here; a new finding may bring a module of its own.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from typing import Any

from tests.unit.diagnose.audit.lab import Lab

Arguments = dict[str, Any]
Control = tuple[Arguments, Arguments, str]
"""The arguments of `check` with the fault, those without it, and the severity expected."""

IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
EXPECTS = {"mean": IMAGENET[0], "std": IMAGENET[1], "interpolation": "bicubic", "crop_pct": 0.875}


def control(finding: str) -> Callable[[Lab], Control]:
    """The positive control of a finding, by the finding's module name."""
    for module in pkgutil.iter_modules(__path__):
        found: Callable[[Lab], Control] | None = getattr(
            importlib.import_module(f"{__name__}.{module.name}"), finding, None
        )
        if found is not None:
            return found
    raise LookupError(f"no function {finding}(lab) in a module of tests/unit/diagnose/audit/controls/")
