"""The files below a folder, links followed, whatever is hidden left out."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

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
