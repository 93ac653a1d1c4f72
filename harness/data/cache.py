"""Decoded images on disk.

An entry is a folder named by a hash of what is in it: `pixels` (the arrays end to end, nothing else), `index.npz` (the
shape and a digest of each) and `about.json` (what it is, for people). It is written beside its place and renamed, so
it is there whole or not at all; a lock lets one process write it while others wait.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any, BinaryIO
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt
from filelock import FileLock

from harness.spec.errors import RequestError

Array = npt.NDArray[np.uint8]

DIGEST = 16  # bytes
_TOLD = ("form", "size", "short_side", "images", "first")

CHECKED = 2**30
"""Bytes whose digests are compared when an entry is opened: all of a small one, images spread evenly over a large."""


@dataclass(frozen=True, eq=False)
class Packed:
    """uint8 arrays of any shape, three axes each, end to end in a file.

    Shapes: `shapes` [N, 3], `digests` [N, 16]. One array is read into memory of its own: pages of a mapping would
    count as the process's memory for as long as it lives, a whole data set after an epoch. Threads may read side by
    side, and whoever has the file open keeps it when the entry is removed.
    """

    file: BinaryIO
    shapes: npt.NDArray[np.int64]
    digests: Array

    def __len__(self) -> int:
        return len(self.shapes)

    def __getitem__(self, position: int) -> Array:
        start = int(self._bounds[position])
        array = np.empty(self.shapes[position], np.uint8)
        if os.preadv(self.file.fileno(), [array.reshape(-1).data], start) != array.nbytes:
            raise OSError(f"{self.file.name} is shorter than it was")
        return array

    @cached_property
    def flat(self) -> Array:
        """All of them, [bytes], mapped into memory, read-only."""
        return np.memmap(self.file, np.uint8, "r")

    @cached_property
    def _bounds(self) -> npt.NDArray[np.int64]:
        return np.concatenate([[0], self.shapes.prod(1).cumsum()])


class _BrokenError(Exception):
    """An entry is not what was written."""


def digest(array: Array) -> bytes:
    """A hash of an array's content, row by row."""
    return hashlib.blake2b(np.ascontiguousarray(array).data, digest_size=DIGEST).digest()


def cached(folder: Path, what: Mapping[str, Any], arrays: Callable[[], Iterable[Array]]) -> Packed:
    """The arrays that `what` describes: from the cache, or from `arrays()` and then in the cache.

    An entry that is truncated or altered is made anew, and a line says so.

    Raises:
        RequestError: the folder cannot be written to, or the disk is full.
    """
    text = json.dumps(what, sort_keys=True)
    entry = folder / hashlib.sha256(text.encode()).hexdigest()[:DIGEST]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{entry}.lock"):
            if entry.exists():
                try:
                    return _open(entry)
                except _BrokenError as fault:
                    print(f"cache: {entry} is broken ({fault}) and is made anew", file=sys.stderr)
                    shutil.rmtree(entry)
            _write(entry, what, arrays())
            return _open(entry)
    except (OSError, _BrokenError) as error:
        told = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        held = sum(entry.bytes for entry in entries(folder)) / 2**30
        raise RequestError(
            f"cache: {told} in {folder}, which holds {held:.1f} GiB; clear it (harness cache clear=all), "
            "or choose another folder (cache=FOLDER) or none (cache=none)"
        ) from None


def _write(entry: Path, what: Mapping[str, Any], arrays: Iterable[Array]) -> None:
    for left in entry.parent.glob(f".{entry.name}.*"):  # by a process that was killed; nobody else has the lock
        shutil.rmtree(left, ignore_errors=True)
    place = Path(tempfile.mkdtemp(prefix=f".{entry.name}.", dir=entry.parent))
    try:
        shapes, digests = [], []
        with (place / "pixels").open("wb") as file:
            for array in arrays:
                file.write(np.ascontiguousarray(array).data)
                shapes.append(array.shape)
                digests.append(np.frombuffer(digest(array), np.uint8))
        np.savez(place / "index.npz", shapes=np.array(shapes, np.int64), digests=np.array(digests))
        (place / "about.json").write_text(json.dumps(what, indent=1, sort_keys=True), encoding="utf-8")
        place.rename(entry)
    except BaseException:
        shutil.rmtree(place, ignore_errors=True)
        raise


def _open(entry: Path) -> Packed:
    try:
        with np.load(entry / "index.npz", allow_pickle=False) as index:
            shapes, digests = index["shapes"], index["digests"]
        found, expected = (entry / "pixels").stat().st_size, int(shapes.prod(1).sum())
        if found != expected:
            raise _BrokenError(f"{found} bytes instead of {expected}")
        packed = Packed((entry / "pixels").open("rb"), shapes, digests)
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
        raise _BrokenError(str(error)) from None
    step = max(1, -(-expected // CHECKED))
    with ThreadPoolExecutor() as pool:  # hashing releases the interpreter lock
        if not all(pool.map(partial(_intact, packed), range(0, len(packed), step))):
            raise _BrokenError("an image differs from its digest")
    return packed


def _intact(packed: Packed, position: int) -> bool:
    expected: bytes = packed.digests[position].tobytes()
    return digest(packed[position]) == expected


def faults(folder: Path) -> list[str]:
    """Whether the folder is there, or can be made, and written to."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        return [f"cache: {error.strerror}: {folder}; choose another folder (cache=FOLDER) or none (cache=none)"]
    if not os.access(folder, os.W_OK):
        return [f"cache: {folder} cannot be written to; choose another folder (cache=FOLDER) or none (cache=none)"]
    return []


@dataclass(frozen=True)
class CacheEntry:
    """One set of decoded images: its name, its bytes on disk, and in words what it is."""

    folder: Path
    name: str
    bytes: int
    about: str

    def remove(self) -> None:
        """Delete it; a process that has it mapped keeps it until it ends."""
        shutil.rmtree(self.folder)


def entries(folder: Path) -> list[CacheEntry]:
    """What a cache holds, the largest first."""
    found = []
    for file in folder.glob("[!.]*/about.json"):
        what = json.loads(file.read_text(encoding="utf-8"))
        about = ", ".join(
            f"{key} {what[key]}" for key in ("form", "size", "short_side", "images", "first") if key in what
        )
        used = sum(part.stat().st_size for part in file.parent.iterdir())
        found.append(CacheEntry(file.parent, file.parent.name, used, about))
    return sorted(found, key=lambda entry: -entry.bytes)
