"""Paths as users write them and as people read them."""

from __future__ import annotations

import os
from pathlib import Path

from harness.spec.fingerprint import fingerprint_file, fingerprint_folder


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


def fingerprint_path(path: Path, key: str) -> str:
    """Fingerprint of a file's content, or of all that lies below a folder.

    Raises:
        ValueError: something there cannot be read.
    """
    try:
        return fingerprint_folder(path) if path.is_dir() else fingerprint_file(path)
    except OSError as error:
        raise ValueError(f"{key}: {error.strerror}: {error.filename}") from None
