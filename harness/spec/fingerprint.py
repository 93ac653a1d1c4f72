"""Fingerprints of content: what enters a run's identity in place of a path."""

from __future__ import annotations

import ast
import bisect
import hashlib
import importlib
import importlib.util
import itertools
import json
import os
import sys
import sysconfig
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.metadata import packages_distributions, version
from pathlib import Path

from harness.spec.paths import walk
from harness.spec.phase import told_while

LENGTH = 16  # hexadecimal digits: 64 bits


@cache
def _file(path: Path, size: int, modified: int) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def sha256_file(path: Path) -> str:
    """SHA-256 of a file's content in hexadecimal digits; read once for each state that the file has on disk."""
    status = path.stat()
    return _file(path.resolve(), status.st_size, status.st_mtime_ns)


def fingerprint_file(path: Path) -> str:
    """Hash of a file's content: the first digits of its SHA-256."""
    return sha256_file(path)[:LENGTH]


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


def fingerprint_path(path: Path, key: str) -> str:
    """Fingerprint of a file's content, or of all that lies below a folder.

    Raises:
        ValueError: something there cannot be read.
    """
    try:
        return fingerprint_folder(path) if path.is_dir() else fingerprint_file(path)
    except OSError as error:
        raise ValueError(f"{key}: {error.strerror}: {error.filename}") from None


@cache
def fingerprint_function(target: str) -> str:
    """Hash of the code behind `module.function`: its module whole, and the local modules that this imports.

    Names of modules and their text enter, no paths, so that it is the same on every machine; see `sources`.

    Raises:
        ValueError: the module or the function is not found.
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


INSTALLED = frozenset({"site-packages", "dist-packages"})
"""Folders of installed packages, by their name; a package installed as editable lies elsewhere and is local."""

OWN = "harness"
"""This package: what it computes is told by the number of its numerics."""


def sources(module: str) -> dict[str, str]:
    """The text of the module and of every local module that it imports, directly or by another, by name.

    Read are the import statements, wherever they stand, also within functions. The module itself is read wherever it
    lies; of an installed one the version of its distribution stands beside it, in place of what it imports.
    """
    found: dict[str, str] = {}
    left = [module]
    while left:
        name = left.pop()
        file = _module_file(name)
        if name in found or file is None:
            continue
        local = _is_local(name, file)
        if not local and name != module:
            continue
        found[name] = importlib.util.decode_source(file.read_bytes())
        if local:
            left += _imported(name, file, found[name])
        else:
            found |= _versions(name)
    return found


def _module_file(name: str) -> Path | None:
    """The Python file of a module; None for what has none, such as an extension."""
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, AttributeError, ValueError):  # no such module: a name within one, or an optional package
        return None
    origin = spec.origin if spec is not None else None
    return Path(origin) if origin is not None and origin.endswith(".py") and Path(origin).is_file() else None


def _is_local(name: str, file: Path) -> bool:
    if name.partition(".")[0] == OWN or INSTALLED & set(file.parts):
        return False
    paths = sysconfig.get_paths()
    return not any(file.is_relative_to(paths[key]) for key in ("stdlib", "platstdlib", "purelib", "platlib"))


def _versions(name: str) -> dict[str, str]:
    return {f"version {each}": version(each) for each in packages_distributions().get(name.partition(".")[0], ())}


def _imported(name: str, file: Path, text: str) -> Iterator[str]:
    """The modules that a source names, and the packages they lie in, whose code runs as well."""
    package = name if file.name == "__init__.py" else name.rpartition(".")[0]
    try:
        tree = ast.parse(text)
    except SyntaxError:  # of a module that is imported when it is called for: the run will tell
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _with_parents(alias.name)
        elif isinstance(node, ast.ImportFrom):
            within = package.rsplit(".", node.level - 1)[0] if node.level > 1 else package
            base = ".".join(part for part in (within if node.level else "", node.module) if part)
            for alias in node.names:
                yield from _with_parents(f"{base}.{alias.name}")


def _with_parents(name: str) -> Iterator[str]:
    parts = name.split(".")
    top = _module_file(parts[0])
    if top is not None and not _is_local(parts[0], top):
        return  # to look for what lies within would import it
    yield from (".".join(parts[:length]) for length in range(1, len(parts) + 1))
