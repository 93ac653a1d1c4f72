"""The small pretrained models that the package carries."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent.parent / "model" / "weights" / "files"


def bundled_file(architecture: str) -> Path:
    """Where the bundled weights of an architecture lie, if it has any."""
    return FOLDER / f"{architecture}.safetensors"


def bundled_names() -> tuple[str, ...]:
    """The architectures that have bundled weights."""
    return tuple(sorted(file.stem for file in FOLDER.glob("*.safetensors")))
