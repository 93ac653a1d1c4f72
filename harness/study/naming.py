"""Runs in words."""

from __future__ import annotations

from typing import Any


def describe(spec: dict[str, Any]) -> str:
    """A run in a few words."""
    recipe, takes = spec["recipe"], spec["bridge"]["takes"]
    hybrid = f" with {', '.join(takes)} of {spec['bridge']['to']['creation']['name']}" if takes else ""
    return (
        f"{spec['backbone']['name']} {spec['creation']['name']} {spec['init']['name']}{hybrid} {spec['data']['label']} "
        f"{spec['transfer']['name']} lr={recipe['lr']:g} epochs={recipe['epochs']} seed={spec['seed']}"
    )
