"""Whether the command was started at the top of this project's own checkout."""

from __future__ import annotations

from pathlib import Path

from harness.cli import configuration


def in_checkout(place: str) -> str:
    """The place there that is meant where none is named; empty elsewhere, where nothing is written unasked."""
    top = configuration.folder().parent
    inside = (top / "pyproject.toml").is_file() and Path.cwd() == top.resolve()
    return place if inside else ""
