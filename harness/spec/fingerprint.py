"""Fingerprints of content: what enters a run's identity in place of a path."""

from __future__ import annotations

import hashlib
import importlib
import inspect
import os
import sys
from functools import cache
from pathlib import Path

LENGTH = 16  # hexadecimal digits: 64 bits


@cache
def _file(path: Path, size: int, modified: int) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()[:LENGTH]


def fingerprint_file(path: Path) -> str:
    """Hash of a file's content; read once for each state that the file has on disk."""
    status = path.stat()
    return _file(path.resolve(), status.st_size, status.st_mtime_ns)


@cache
def fingerprint_folder(path: Path) -> str:
    """Hash of every file's relative name and content below a folder, hidden files left out; read once a process."""
    digest = hashlib.sha256()
    for file in sorted(file for file in path.rglob("*") if file.is_file() and not file.name.startswith(".")):
        digest.update(file.relative_to(path).as_posix().encode())
        digest.update(fingerprint_file(file).encode())
    return digest.hexdigest()[:LENGTH]


@cache
def fingerprint_function(target: str) -> str:
    """Hash of the source of `module.function`.

    Raises:
        ValueError: the module or the function is not there.
    """
    module_name, _, name = target.rpartition(".")
    if not module_name:
        raise ValueError(f"creation.target: '{target}' is not of the form module.function")
    if os.getcwd() not in sys.path:  # the user's module lies where the command was started
        sys.path.insert(0, os.getcwd())
    try:
        function = getattr(importlib.import_module(module_name), name)
    except (ImportError, AttributeError) as error:
        raise ValueError(f"creation.target: {error}") from None
    if not callable(function):
        raise ValueError(f"creation.target: {target} is not a function")
    return hashlib.sha256(inspect.getsource(function).encode()).hexdigest()[:LENGTH]
