"""Where collections of data sets, and what is known of their files, are kept on this machine."""

from __future__ import annotations

import os
from pathlib import Path

from harness.spec.spec import Data

VARIABLE = "HARNESS_DATA"


def cache_folder() -> Path:
    """`HARNESS_DATA`, or a folder of the user's cache."""
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named).expanduser()
    cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else Path.home() / ".cache") / "harness" / "data"


def root_folder(spec: Data) -> Path:
    """The folder of a collection: `data.root`, or the cache."""
    return spec.root.expanduser() if spec.root is not None else cache_folder()
