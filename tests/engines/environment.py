"""A Python environment with Ray, beside the one that this script runs in.

Ray's launcher asks for an older cloudpickle than the lock holds, so it cannot be installed where the rest is. What it
brings lies in a folder of its own, in front of all that is installed here; whatever the lock names keeps its version.
"""

from __future__ import annotations

import site
import subprocess
import sys
import tempfile
from pathlib import Path

LOCK = Path("requirements.lock")
LAUNCHER = "hydra-ray-launcher>=1.2.2"


def with_ray(folder: Path) -> Path:
    """Make the environment; returns its Python."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    python = folder / "bin" / "python"
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as kept:
        kept.writelines(line for line in LOCK.open(encoding="utf-8") if not line.startswith("cloudpickle=="))
        kept.flush()
        install = ["uv", "pip", "install", "--quiet", "--python", str(python), "--constraint", kept.name, LAUNCHER]
        subprocess.run([sys.executable, "-m", *install], check=True)
    places = [Path(place) for place in site.getsitepackages()]
    [own] = (folder / "lib").glob("python*/site-packages")
    lines = [f"import site; site.addsitedir({str(place)!r})\n" for place in places]  # takes in what is editable there
    (own / "_behind.pth").write_text("".join(lines), encoding="utf-8")
    return python
