"""Where the configuration tree lies: in the wheel beside the code, in a checkout at its top."""

from __future__ import annotations

from pathlib import Path

import harness
import harness.cli.plugins

NAME = "config"


def folder() -> Path:
    """The folder of config.yaml."""
    package = Path(harness.__file__).parent
    inside = package / "conf"
    return inside if inside.is_dir() else package.parent / "conf"
