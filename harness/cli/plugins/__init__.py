"""The folder from which Hydra takes this package's plugin: its namespace is `hydra_plugins` alone.

Hydra looks for plugins once in a process, when it is first used, so the folder is on the path from the import on.
"""

from __future__ import annotations

import sys
from pathlib import Path

PLUGINS = Path(__file__).parent

if str(PLUGINS) not in sys.path:
    sys.path.append(str(PLUGINS))
