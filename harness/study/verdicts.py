"""Verdicts of thorough checks, kept from one process to the next: a second look needs no torch.

They lie in one file of the cache for each state of the installation (versions of the libraries, and the files of this
package), so that another release, or a changed line of code, is asked anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import harness
from harness.records.store import write_text
from harness.spec.errors import ImpossibleCell
from harness.spec.paths import default_cache

LIBRARIES = ("torch", "torchvision", "timm", "pillow", "numpy")
LENGTH = 16  # hexadecimal digits
KEPT = 8
"""Files of so many states of the installation stay, the latest ones."""

Answer = list[str] | str
"""The faults of a request, or in one line why a cell cannot be."""


class Verdicts:
    """What was found, by question; `lasting` answers are written down, the others hold for this process."""

    def __init__(self) -> None:
        self._file = default_cache() / "checks" / f"{_installation()}.json"
        self._kept = _read(self._file)
        self._here: dict[str, Answer] = {}
        self._new: dict[str, Answer] = {}

    def known(self, question: str) -> Answer | None:
        """The answer, if the question was asked before."""
        digest = _digest(question)
        return self._here.get(digest, self._kept.get(digest))

    def ask(self, question: str, lasting: bool, check: Callable[[], list[str]]) -> list[str]:
        """The faults that `check` finds, or found at an earlier time.

        Raises:
            ImpossibleCell: the check did, now or then.
        """
        answer = self.known(question)
        if answer is None:
            try:
                answer = check()
            except ImpossibleCell as reason:
                answer = str(reason)
            self._here[_digest(question)] = answer
            if lasting:
                self._new[_digest(question)] = answer
        if isinstance(answer, str):
            raise ImpossibleCell(answer)
        return answer

    def keep(self) -> None:
        """Write down what is new; where the cache cannot be written to, it is asked again next time."""
        if not self._new:
            return
        with suppress(OSError):
            write_text(self._file, json.dumps(_read(self._file) | self._new))
            states = sorted(self._file.parent.glob("*.json"), key=lambda file: file.stat().st_mtime)
            for old in states[:-KEPT]:
                old.unlink(missing_ok=True)
        self._new.clear()


def _digest(question: str) -> str:
    return hashlib.sha256(question.encode()).hexdigest()[:LENGTH]


def _read(file: Path) -> dict[str, Answer]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


@cache
def _installation() -> str:
    """The libraries' versions and the state of every file of this package on disk."""
    package = Path(harness.__file__).parent
    files = []
    for file in sorted(package.rglob("*")):
        if file.is_file() and file.suffix != ".pyc":
            status = file.stat()
            files.append((str(file.relative_to(package)), status.st_size, status.st_mtime_ns))
    return _digest(json.dumps([[_version(library) for library in LIBRARIES], files]))


def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return ""
