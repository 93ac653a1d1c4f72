"""Packages that carry weights: whether the real ones are here, and small ones that are installed for a test."""

from __future__ import annotations

import hashlib
import sys
from importlib import invalidate_caches
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest

from harness.spec import packaged
from harness.spec.packaged import PackagedWeights


def needed(known: PackagedWeights) -> None:
    """Skip a test where the package is not installed."""
    try:
        distribution(known.package)
    except PackageNotFoundError:
        pytest.skip(f"{known.package} is not installed")


def installed(
    folder: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, version: str = "0.1.0", file: str = "weights.pth"
) -> PackagedWeights:
    """An entry for tf_efficientnet_lite0 in a table of its own, and the package that it names on the import path.

    To import the package would fail: its weights are found without.
    """
    inner = folder / "carrier" / file
    inner.parent.mkdir(parents=True)
    inner.write_bytes(content)
    (inner.parent / "__init__.py").write_text("raise RuntimeError('imported')\n")
    metadata = folder / f"weights_carrier-{version}.dist-info" / "METADATA"
    metadata.parent.mkdir()
    metadata.write_text(f"Metadata-Version: 2.1\nName: weights-carrier\nVersion: {version}\n")
    known = PackagedWeights(
        "tf_efficientnet_lite0", "weights-carrier", "0.1.0", "carrier/weights.pth",
        hashlib.sha256(content).hexdigest(), "Apache-2.0", 127 / 255, 128 / 255, "efficientnet_pytorch",
    )  # fmt: skip
    monkeypatch.setattr(packaged, "TABLE", (known,))
    monkeypatch.setattr(sys, "path", [str(folder), *sys.path])
    invalidate_caches()
    return known
