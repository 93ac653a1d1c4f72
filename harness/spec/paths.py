"""Where files lie: paths as users write them, the folders that this package keeps, and the files below a folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

NAME = r"^\w[\w.-]*$"
"""Letters, digits, and after the first of them . _ -: such a name stays within the folder that it is put into."""


FOLDER = Path(__file__).parent.parent / "model" / "weights" / "files"


def bundled_file(architecture: str) -> Path:
    """Where the bundled weights of an architecture lie, if it has any."""
    return FOLDER / f"{architecture}.safetensors"


def bundled_names() -> tuple[str, ...]:
    """The architectures that have bundled weights."""
    return tuple(sorted(file.stem for file in FOLDER.glob("*.safetensors")))


def configuration_folder() -> Path:
    """The folder of config.yaml: in the wheel beside the code, in a checkout at its top."""
    package = Path(__file__).parent.parent
    inside = package / "conf"
    return inside if inside.is_dir() else package.parent / "conf"


def default_cache() -> Path:
    """The folder that HARNESS_CACHE names, or one among the user's caches (XDG Base Directory Specification)."""
    named = os.environ.get("HARNESS_CACHE")
    if named:
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "model-creation-harness" / "images"


def at_home(path: Path, key: str) -> Path:
    """A path with `~` resolved; `key` is the field that holds it.

    Raises:
        ValueError: there is no such user.
    """
    try:
        return path.expanduser()
    except RuntimeError:
        raise ValueError(f"{key}: there is no home folder for {path.parts[0]}") from None


def printable(name: str) -> str:
    r"""A file's or folder's name as text: bytes that are no UTF-8 as `\xNN`."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


_HIDDEN = {"__MACOSX", "@eaDir", "$RECYCLE.BIN", "System Volume Information"}
"""Folders that archivers and file systems leave beside a user's own."""


@dataclass(frozen=True)
class Walk:
    """Files in the order of their paths; `dangling` links lead nowhere, `looping` ones back to a folder above them."""

    files: tuple[Path, ...]
    dangling: tuple[Path, ...]
    looping: tuple[Path, ...]


def is_hidden(name: str) -> bool:
    """Whether a file or folder of that name is no part of a data set: `.ipynb_checkpoints`, `._image.png`, ..."""
    return name.startswith(".") or name in _HIDDEN


def walk(folder: Path) -> Walk:
    """Every file below a folder, those of linked folders included, as torchvision's ImageFolder and timm find them.

    Raises:
        OSError: a folder cannot be listed.
    """
    files: list[Path] = []
    dangling: list[Path] = []
    looping: list[Path] = []
    above = tuple(_number(parent) for parent in folder.absolute().parents)
    for path, kind in _entries(folder, above):
        {"file": files, "dangling": dangling, "looping": looping}[kind].append(path)
    return Walk(tuple(sorted(files)), tuple(sorted(dangling)), tuple(sorted(looping)))


def _number(folder: Path) -> tuple[int, int]:
    """What a folder is to the file system, whatever path leads to it."""
    status = folder.stat()
    return status.st_dev, status.st_ino


def _entries(folder: Path, above: tuple[tuple[int, int], ...]) -> Iterator[tuple[Path, str]]:
    here = (*above, _number(folder))
    with os.scandir(folder) as entries:
        for entry in entries:
            path = folder / entry.name
            if is_hidden(entry.name):
                continue
            if entry.is_dir():
                if entry.is_symlink() and _number(path) in here:
                    yield path, "looping"
                else:
                    yield from _entries(path, here)
            elif entry.is_file():
                yield path, "file"
            elif entry.is_symlink():
                yield path, "dangling"
