"""What image files settle of a request is found once, however many runs a sweep has."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from harness.data.datasets import imagefolder
from harness.spec.spec import Data


def _folder(path: Path) -> Path:
    for part in ("train", "val"):
        for label in ("cat", "dog"):
            (path / part / label).mkdir(parents=True)
            for at in range(2):
                Image.new("RGB", (8, 8), (at * 90, 40, 200)).save(path / part / label / f"{at}.png")
    return path


def test_a_folder_is_looked_at_once_for_each_different_request(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looked = []
    scan = imagefolder.scan
    monkeypatch.setattr(imagefolder, "scan", lambda spec: looked.append(spec) or scan(spec))
    folder = _folder(tmp_path / "pets")
    first, *others = [Data(name="imagefolder", path=folder, size=32) for _ in range(5)]
    assert others == [first] * 4
    once = len(looked)
    Data(name="imagefolder", path=folder, size=64)
    assert once > 0
    assert len(looked) == 2 * once
