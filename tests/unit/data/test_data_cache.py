"""Decoded images are kept, found again by what they are, and made anew when their entry is broken."""

from __future__ import annotations

import errno
import multiprocessing
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

import harness.data.cache as module
from harness.data.cache import Array, cached, entries, faults
from harness.data.decode import decode
from harness.data.delivery import Delivery
from harness.data.images import Samples
from harness.data.load import load
from harness.spec.errors import RequestError
from harness.spec.machine import Machine
from harness.spec.spec import Data

SIZES = [(20, 14), (9, 30), (16, 16), (40, 41)]


class Counted:
    """Samples of a few sizes that count how often they are opened."""

    def __init__(self, stamp: str | None = "stamp", count: int = 8) -> None:
        random = np.random.default_rng(0)
        self.images = [random.integers(0, 256, (*SIZES[i % 4], 3), np.uint8) for i in range(count)]
        self.opened = 0
        names = [f"image {position}" for position in range(count)]
        self.samples = Samples(names, [0, 1] * (count // 2), self.open, stamp=stamp)

    def open(self, position: int) -> Image.Image:
        self.opened += 1
        return Image.fromarray(self.images[position])


def delivery(cache: Path | None, threads: int = 2) -> Delivery:
    return Delivery(cache, "auto", threads)


def arrays() -> Iterator[Array]:
    return (np.full((2, 3, 3), value, np.uint8) for value in range(5))


def test_a_second_reading_opens_no_image(tmp_path: Path) -> None:
    counted = Counted()
    first = decode(counted.samples, 12, "bicubic", delivery(tmp_path))
    assert counted.opened == 8
    again = decode(counted.samples, 12, "bicubic", delivery(tmp_path))
    assert counted.opened == 8
    assert torch.equal(first.pixels, again.pixels)
    assert first.digests == again.digests


def test_pixels_and_digests_are_those_without_a_cache(tmp_path: Path) -> None:
    samples = Counted().samples
    kept, plain = (decode(samples, 12, "bicubic", delivery(folder)) for folder in (tmp_path, None))
    assert torch.equal(kept.pixels, plain.pixels)
    assert kept.digests == plain.digests
    for position in range(len(samples)):
        for short_side in (None, 10):
            assert np.array_equal(kept.stored(short_side)[position], plain.stored(short_side)[position])
    assert torch.equal(kept.stored(10).sizes, plain.stored(10).sizes)
    assert kept.stored(10).sizes.min(1).values.tolist() == [10, 9, 10, 10] * 2


def test_stored_images_are_what_was_stored(tmp_path: Path) -> None:
    counted = Counted()
    stored = decode(counted.samples, 12, "bicubic", delivery(tmp_path)).stored(None)
    assert stored.sizes.tolist() == [list(size) for size in SIZES] * 2
    assert all(np.array_equal(stored[position], image) for position, image in enumerate(counted.images))


def test_an_array_is_memory_of_its_own_and_outlives_its_entry(tmp_path: Path) -> None:
    stored = [np.full((2, 3, 3), value, np.uint8) for value in range(4)]
    packed = cached(tmp_path, {"form": "test"}, lambda: stored)
    assert packed[1].flags.owndata or packed[1].base is None
    entries(tmp_path)[0].remove()
    assert all(np.array_equal(packed[position], array) for position, array in enumerate(stored))


@pytest.mark.parametrize(
    "change", [{"size": 13}, {"interpolation": "bilinear"}, {"stamp": "other"}, {"count": 6}], ids=str
)
def test_what_was_done_to_which_images_makes_the_entry(change: dict[str, Any], tmp_path: Path) -> None:
    def read(stamp: str = "stamp", count: int = 8, size: int = 12, interpolation: str = "bicubic") -> int:
        counted = Counted(stamp, count)
        decode(counted.samples, size, interpolation, delivery(tmp_path))
        return counted.opened

    read()
    assert read(**change) > 0
    assert read(**change) == 0
    assert read() == 0


def test_images_without_a_stamp_are_not_kept(tmp_path: Path) -> None:
    images = decode(Counted(stamp=None).samples, 12, "bicubic", delivery(tmp_path))
    assert images.stored(None).sizes.shape == (8, 2)
    assert not list(tmp_path.iterdir())


def _truncate(entry: Path) -> None:
    content = (entry / "pixels").read_bytes()
    (entry / "pixels").write_bytes(content[:-1])


def _flip(entry: Path) -> None:
    content = bytearray((entry / "pixels").read_bytes())
    content[40] ^= 1
    (entry / "pixels").write_bytes(content)


def _break_index(entry: Path) -> None:
    (entry / "index.npz").write_bytes(b"no archive")


def _lose_pixels(entry: Path) -> None:
    (entry / "pixels").unlink()


@pytest.mark.parametrize("harm", [_truncate, _flip, _break_index, _lose_pixels])
def test_a_broken_entry_is_made_anew_and_a_line_says_so(
    harm: Callable[[Path], None], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    what = {"images": 5}
    expected = cached(tmp_path, what, arrays).flat.copy()
    harm(tmp_path / entries(tmp_path)[0].name)
    assert np.array_equal(cached(tmp_path, what, arrays).flat, expected)
    assert capsys.readouterr().err.count("is broken") == 1
    assert np.array_equal(cached(tmp_path, what, pytest.fail).flat, expected)
    assert not capsys.readouterr().err


def test_what_fails_half_way_leaves_nothing(tmp_path: Path) -> None:
    def failing() -> Iterator[Array]:
        yield from arrays()
        raise RequestError("unreadable")

    with pytest.raises(RequestError, match="unreadable"):
        cached(tmp_path, {}, failing)
    assert [path.suffix for path in tmp_path.iterdir()] == [".lock"]


def test_what_a_killed_process_left_is_removed(tmp_path: Path) -> None:
    cached(tmp_path, {}, arrays)
    [entry] = entries(tmp_path)
    left = tmp_path / f".{entry.name}.killed"
    left.mkdir()
    entry.remove()
    cached(tmp_path, {}, arrays)
    assert not left.exists()


def test_a_full_disk_is_told_in_one_line(tmp_path: Path) -> None:
    def full() -> Iterator[Array]:
        yield from arrays()
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(RequestError, match=r"^cache: No space left on device in .* GiB; clear it .*cache=none\)$"):
        cached(tmp_path, {}, full)


def test_a_folder_that_cannot_be_is_a_fault_of_the_request(tmp_path: Path) -> None:
    assert not faults(tmp_path / "new")
    file = tmp_path / "file"
    file.touch()
    assert len(faults(file / "below")) == 1


def _read_in_process(folder: Path, counts: Any) -> None:
    def slow() -> Iterator[Array]:
        counts.put(1)
        return arrays()

    cached(folder, {"images": 5}, slow)


def test_one_of_several_processes_decodes(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    counts = context.Queue()
    processes = [context.Process(target=_read_in_process, args=(tmp_path, counts)) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * 4
    assert counts.get(timeout=5) == 1
    assert counts.empty()


def test_of_a_large_entry_images_spread_over_it_are_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cached(tmp_path, {}, arrays)
    checked: list[int] = []
    monkeypatch.setattr(module, "CHECKED", 40)  # of 5 images of 18 bytes
    monkeypatch.setattr(module, "_intact", lambda packed, position: checked.append(position) or True)
    cached(tmp_path, {}, arrays)
    assert sorted(checked) == [0, 3]


@pytest.mark.real
def test_a_folder_gives_the_same_images_from_the_cache(assets: Path, tmp_path: Path) -> None:
    spec = Data(name="imagefolder", path=assets / "images" / "flowers5", size=32, samples=40)
    plain = load(spec, machine=Machine(cache="none")).train
    for threads in (0, 3):
        kept = load(spec, machine=Machine(cache=str(tmp_path), loaders=threads)).train
        assert torch.equal(kept.pixels, plain.pixels)
        assert kept.digests == plain.digests
