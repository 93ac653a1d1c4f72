"""What is installed here, as one short name: what was found out once holds as long as it stays the same."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import harness

LENGTH = 16  # hexadecimal digits


@cache
def installation(*libraries: str) -> str:
    """The libraries' versions and the state of every file of this package on disk, as a hash.

    What Python compiles is left out with the folder that it lies in: it comes and goes while other processes start.
    """
    package = Path(harness.__file__).parent
    files = []
    for file in sorted(package.rglob("*")):
        if "__pycache__" not in file.parts and file.is_file():
            status = file.stat()
            files.append((str(file.relative_to(package)), status.st_size, status.st_mtime_ns))
    content = json.dumps([[_version(library) for library in libraries], files])
    return hashlib.sha256(content.encode()).hexdigest()[:LENGTH]


def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return ""
