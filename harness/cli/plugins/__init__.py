"""The folder from which Hydra takes this package's plugin: its namespace is `hydra_plugins` alone."""

from __future__ import annotations

from pathlib import Path

PLUGINS = Path(__file__).parent
