"""A small image folder of one's own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

Build = Callable[..., Path]


@pytest.fixture
def build_folder(tmp_path: Path) -> Build:
    """Makes train/ and val/ with noise images, `patients` a class and two images of each patient."""

    def build(classes: tuple[str, ...] = ("cat", "dog"), patients: int = 6, size: tuple[int, int] = (20, 14)) -> Path:
        random = np.random.RandomState(0)
        for part in ("train", "val"):
            for name in classes:
                folder = tmp_path / "pets" / part / name
                folder.mkdir(parents=True)
                for patient in range(patients):
                    for view in range(2):
                        pixels = random.randint(0, 256, (size[1], size[0], 3)).astype(np.uint8)
                        Image.fromarray(pixels).save(folder / f"{part}-{name}{patient:02d}-{view}.png")
        return tmp_path / "pets"

    return build
