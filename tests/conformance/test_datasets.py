"""Whatever data set there is, found by its file, gives the same labelled images every time, or says what it needs."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
from hydra import compose, initialize_config_dir
from PIL import Image

from harness.cli.compose import CONFIGURATION, plain
from harness.data.images import Samples
from harness.data.open import open_source, source_faults
from harness.spec.paths import configuration_folder
from harness.spec.spec import Data
from harness.spec.variants import variants

SETS = variants("harness.data.datasets")
WITHOUT_FILES = {"digits", "digit_pairs", "made"}
"""What the project brings that needs neither a path nor a download; a set that does not ask for one is tried too."""
TRIED = 24  # images of each part


def requested(name: str) -> Data:
    """As `harness data=NAME` asks for it."""
    with initialize_config_dir(str(configuration_folder()), version_base="1.3"):
        return Data.model_validate(plain(compose(CONFIGURATION, [f"data={name}"]))["data"])


def pixels(samples: Samples, index: int) -> bytes:
    image = samples.open(index)
    assert isinstance(image, Image.Image)
    return np.asarray(image.convert("RGB")).tobytes()


@pytest.mark.parametrize("name", SETS)
def test_a_set_gives_the_same_labelled_images_or_says_what_it_needs(name: str) -> None:
    spec = requested(name)
    assert spec.name == name
    wrong = source_faults(spec)
    if wrong and name not in WITHOUT_FILES:
        assert all(each.startswith("data.") and "\n" not in each for each in wrong), wrong
        return
    assert not wrong
    first, second = open_source(spec), open_source(spec)
    assert len(set(first.classes)) == len(first.classes) >= 2
    if spec.targets is None:
        assert set(first.train.labels) == set(range(len(first.classes)))
        assert set(first.test().labels) <= set(range(len(first.classes)))
    else:
        rows = np.asarray(first.train.labels)
        assert rows.shape == (len(first.train), len(first.classes))
        assert (rows.min(0) == 0).all()
        assert (rows.max(0) == 1).all()
    for part, again in ((first.train, second.train), (first.test(), second.test())):
        assert list(part.names) == list(again.names)
        assert list(part.labels) == list(again.labels)
        assert len(part.names) == len(part) > 0
        chosen = list(range(0, len(part), max(1, len(part) // TRIED)))
        one_by_one = [pixels(part, index) for index in chosen]
        with ThreadPoolExecutor(4) as threads:
            backwards = list(threads.map(lambda index, of=again: pixels(of, index), reversed(chosen)))  # type: ignore[misc]
        assert one_by_one == backwards[::-1]


def test_each_set_has_a_file_that_asks_for_it() -> None:
    files = set(chain.from_iterable(Path(configuration_folder()).glob(f"data/{name}.yaml") for name in SETS))
    assert {file.stem for file in files} == set(SETS)
