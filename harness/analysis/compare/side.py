"""The two sides of a comparison, found from what the user names."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.analysis.study import AnalysedStudy, read_study, select
from harness.records.archive import PREDICTIONS, RECORDS, predicted, read_records
from harness.records.record import Predictions
from harness.records.store import RECORD, STUDY, read_predictions, read_record
from harness.spec.errors import RequestError

GIT = "git:"


@dataclass(frozen=True)
class Run:
    """A run's record and its test predictions, None where it left none."""

    name: str
    record: dict[str, Any]
    predictions: Predictions | None


@dataclass(frozen=True)
class Sweep:
    """A study and the records of its cells."""

    name: str
    study: AnalysedStudy
    records: list[dict[str, Any]]


def find(key: str, asked: str, study: str, out: Path) -> Run | Sweep:
    """What `asked` names: a run's folder, a study's (with run folders or an archive), or either at a commit.

    A run is also named by the beginning of its id, behind its study's folder or beside `study`, the name of a study
    below `out`. `git:COMMIT:PATH` reads a committed archive at `PATH` below the repository's root, `git:COMMIT` that of
    `results/STUDY`. `key` is what the user called this side.

    Raises:
        RequestError: nothing is there, the id is not that of one run, or git knows no such commit or path.
    """
    if asked.startswith(GIT):
        return _at_commit(key, asked, study)
    places = [Path(asked), out / asked, *([out / study / asked] if study else [])]
    for place in places:
        found = _at(key, asked, place)
        if found is not None:
            return found
    raise RequestError(
        f"{key}: no run and no study at {' or '.join(map(str, places))}; name a run's folder, a study's folder, "
        "or the beginning of a run's id with study=NAME"
    )


def _at(key: str, asked: str, place: Path) -> Run | Sweep | None:
    if (place / RECORD).is_file():
        record = read_record(place.parent, place.name)
        if record is None:
            raise RequestError(f"{key}: {place / RECORD} cannot be read as a record; train that run again")
        return Run(asked, record, read_predictions(place.parent, place.name))
    if _is_study(place):
        study = read_study(place)
        return Sweep(asked, study, select(study, read_records(place)))
    if not _is_study(place.parent):
        return None
    begun = [record for record in read_records(place.parent) if record["run_id"].startswith(place.name)]
    if len(begun) > 1:
        raise RequestError(f"{key}: {len(begun)} runs of {place.parent} begin with {place.name}; name more of the id")
    if not begun:
        return None
    return Run(asked, begun[0], next((found for _, found in predicted(place.parent, begun)), None))


def _is_study(folder: Path) -> bool:
    return (folder / STUDY).is_file() or (folder / RECORDS).is_file() or any(folder.glob(f"*/{RECORD}"))


def _at_commit(key: str, asked: str, study: str) -> Run | Sweep:
    commit, _, path = asked.removeprefix(GIT).partition(":")
    if not path and not study:
        raise RequestError(f"{key}: {asked} names no study; use {asked}:results/NAME, or study=NAME")
    place = Path(path or f"results/{study}")
    if place.is_absolute() or ".." in place.parts:
        raise RequestError(f"{key}: {asked} leaves the repository; give a path from its top, as results/NAME")
    with tempfile.TemporaryDirectory() as folder:
        for base in (place, place.parent):  # the last part of a path may be the id of a run
            target = Path(folder) / base
            target.mkdir(parents=True, exist_ok=True)
            for name, content in _committed(key, commit, base):
                (target / name).write_bytes(content)
        found = _at(key, asked, Path(folder) / place)
    if found is None:
        raise RequestError(
            f"{key}: commit {commit} holds no archived study at {place}; see git ls-tree {commit} {place}/"
        )
    return found


def _committed(key: str, commit: str, folder: Path) -> Iterator[tuple[str, bytes]]:
    known = git(key, "rev-parse", "--verify", "--quiet", f"{commit}^{{commit}}", fault=f"git knows no commit {commit}")
    listed = git(key, "ls-tree", "--full-tree", "--name-only", known.decode().strip(), f"{folder.as_posix()}/")
    for name in (RECORDS, PREDICTIONS, STUDY):
        file = f"{folder.as_posix()}/{name}"
        if file in listed.decode().splitlines():
            yield name, git(key, "show", f"{commit}:{file}")


def git(key: str, *arguments: str, fault: str = "") -> bytes:
    """What git prints, in the working directory's repository.

    Raises:
        RequestError: git is not found, or fails: with `fault`, or else its own words.
    """
    try:
        done = subprocess.run(["git", *arguments], capture_output=True, check=False)
    except OSError as error:
        raise RequestError(f"{key}: git cannot be run ({error.strerror})") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise RequestError(f"{key}: {fault or (said[0] if said else 'git failed')}")
    return done.stdout
