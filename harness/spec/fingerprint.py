"""Fingerprints of content: what enters a run's identity in place of a path."""

from __future__ import annotations

import bisect
import hashlib
import importlib
import itertools
import json
import os
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from harness.spec.phase import told_while
from harness.spec.source import sources
from harness.spec.walk import walk

LENGTH = 16  # hexadecimal digits: 64 bits


@cache
def _file(path: Path, size: int, modified: int) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()[:LENGTH]


def fingerprint_file(path: Path) -> str:
    """Hash of a file's content; read once for each state that the file has on disk."""
    status = path.stat()
    return _file(path.resolve(), status.st_size, status.st_mtime_ns)


WHOLE = 2**28  # bytes: up to here a set of files is read whole
_BLOCK = 2**20
_BLOCKS = 256


def fingerprint_large(files: Sequence[tuple[str, Path]]) -> str:
    """Hash of many or large files by their names, sizes and content, in the order given.

    Above 256 MiB in all, the content is sampled: 256 blocks of 1 MiB, evenly spread over the files as if they were one.
    The same on every machine, and seconds for a set of hundreds of gigabytes.
    """
    digest = hashlib.sha256()
    sizes = [path.stat().st_size for _, path in files]
    for (name, _), size in zip(files, sizes, strict=True):
        digest.update(f"{name}:{size}\n".encode("utf-8", "surrogateescape"))
    if sum(sizes) <= WHOLE:
        for _, path in files:
            digest.update(fingerprint_file(path).encode())
        return digest.hexdigest()[:LENGTH]
    ends = list(itertools.accumulate(sizes))
    for number in range(_BLOCKS):
        offset = number * (ends[-1] - 1) // (_BLOCKS - 1)
        index = bisect.bisect_right(ends, offset)
        with files[index][1].open("rb") as stream:
            stream.seek(max(0, min(offset - (ends[index] - sizes[index]), sizes[index] - _BLOCK)))
            digest.update(stream.read(_BLOCK))
    return digest.hexdigest()[:LENGTH]


@cache
def fingerprint_folder(path: Path) -> str:
    """Hash of every file's relative name and content below a folder; read once a process.

    Linked folders are followed, hidden files and folders left out.
    """
    digest = hashlib.sha256()
    files = walk(path).files
    for file in told_while(files, len(files), "reading files"):
        digest.update(file.relative_to(path).as_posix().encode("utf-8", "surrogateescape"))
        digest.update(fingerprint_file(file).encode())
    return digest.hexdigest()[:LENGTH]


@cache
def fingerprint_function(target: str) -> str:
    """Hash of the code behind `module.function`: its module whole, and the local modules that this imports.

    Names of modules and their text enter, no paths, so that it is the same on every machine; see `source`.

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
    except Exception as error:  # the module is the user's, and runs when it is imported
        raise ValueError(f"creation.target: {module_name} cannot be imported: {error!r}") from None
    if not callable(function):
        raise ValueError(f"creation.target: {target} is not a function")
    content = json.dumps(sources(module_name), sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:LENGTH]
