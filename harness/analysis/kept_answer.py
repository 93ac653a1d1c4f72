"""A study's answer lies beside its records, and is shown again as long as nothing that it is made of has changed."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.records import archive, store
from harness.spec.installation import installation

FILE = "answer.json"
LIBRARIES = ("numpy", "pandas", "scipy", "matplotlib", "jinja2")


@dataclass(frozen=True)
class ShownAnswer:
    """What a sweep shows of an answer.

    `first_screen` are the lines to print, at most five, and `picture` what a terminal shows below them; `paths` what
    was written, by name below the target; `largest_difference` in points, None without a comparison.
    """

    first_screen: tuple[str, ...]
    picture: tuple[str, ...]
    paths: dict[str, Path]
    largest_difference: float | None

    @property
    def shown(self) -> str:
        """What a terminal shows: the first screen and the picture."""
        return "\n".join((*self.first_screen, *(("", *self.picture) if self.picture else ())))


def keep(study_folder: Path, found: ShownAnswer) -> None:
    """Write down what was shown, with the state of all that it was made of and of all that was written with it.

    Raises:
        StorageError: it cannot be written.
    """
    content = {
        "of": _made_of(study_folder),
        "first_screen": found.first_screen,
        "picture": found.picture,
        "largest_difference": found.largest_difference,
        "written": _states(study_folder, found.paths.values()),
    }
    store.write_text(study_folder / FILE, json.dumps(content, indent=1) + "\n")


def kept(study_folder: Path) -> ShownAnswer | None:
    """The answer in a study's folder, None where records, study, the answer's files or the code changed."""
    try:
        found = json.loads((study_folder / FILE).read_text(encoding="utf-8"))
        paths = {name: study_folder / name for name in found["written"]}
        if found["of"] != _made_of(study_folder) or found["written"] != _states(study_folder, paths.values()):
            return None
        return ShownAnswer(tuple(found["first_screen"]), tuple(found["picture"]), paths, found["largest_difference"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _made_of(study_folder: Path) -> dict[str, Any]:
    runs = (folder / name for folder in study_folder.iterdir() for name in (store.RECORD, store.PREDICTIONS))
    packed = (study_folder / name for name in (archive.RECORDS, archive.PREDICTIONS))
    return {
        "installation": installation(*LIBRARIES),
        "study": (study_folder / store.STUDY).read_text(encoding="utf-8"),
        "records": _states(study_folder, (*runs, *packed)),
    }


def _states(study_folder: Path, files: Iterable[Path]) -> dict[str, list[int]]:
    """Size and time of change of those files that there are, by their names below the folder."""
    states = {}
    for file in files:
        try:
            status = file.stat()
        except (FileNotFoundError, NotADirectoryError):
            continue
        states[file.relative_to(study_folder).as_posix()] = [status.st_size, status.st_mtime_ns]
    return dict(sorted(states.items()))
