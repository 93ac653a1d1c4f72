"""`harness --version`: this package, and the libraries that results depend on, without importing them."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

from harness import __version__

PACKAGE = "model-creation-harness"
LIBRARIES = ("torch", "timm", "torchvision", "hydra-core", "mlflow")


def told() -> str:
    """One line."""
    found = [f"{library} {_version(library)}" for library in LIBRARIES]
    return f"{PACKAGE} {__version__} ({', '.join([*found, f'Python {platform.python_version()}'])})"


def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return "not installed"
