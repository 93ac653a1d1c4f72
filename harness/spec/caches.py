"""Where this package keeps what it can make anew."""

from __future__ import annotations

import os
from pathlib import Path


def default_cache() -> Path:
    """The folder that HARNESS_CACHE names, or one among the user's caches (XDG Base Directory Specification)."""
    named = os.environ.get("HARNESS_CACHE")
    if named:
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "model-creation-harness" / "images"
