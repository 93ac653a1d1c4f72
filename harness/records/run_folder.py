"""A run's folder: which process has claimed it, and what earlier attempts left in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from harness.records.store import CHECKPOINT, PREDICTIONS, RECORD, TEMPORARY, damage, is_done
from harness.spec.errors import StorageError

CLAIM = ".claim"


@contextmanager
def claimed(folder: Path) -> Iterator[bool]:
    """Whether this process has the run to itself, as long as the block lasts; false where another one has it.

    A lock of the operating system (flock) on a file in the run's folder, which is made: it dies with its process,
    however that ends, so a file that was left behind claims nothing. Between hosts it holds where their network file
    system hands flock on, as NFS does from version 3 with its lock service, and version 4 by itself; where a file
    system has no locks at all, `filelock` falls back to a file that names its process, and knows a dead one on its own
    host alone. On a Lustre that is mounted with `localflock` each host sees its own claims only: give each host a study
    of its own there.

    Raises:
        StorageError: the folder cannot be written.
    """
    path = folder / CLAIM
    lock = FileLock(path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire(blocking=False)
    except Timeout:
        yield False
        return
    except OSError as error:
        raise StorageError(f"{folder}: cannot be written: {error.strerror or error}") from error
    try:
        yield True
    finally:
        with suppress(OSError):  # whoever waits for it sees that the file is gone, and asks again
            path.unlink(missing_ok=True)
        lock.release()


ASIDE = "aside"
"""What is added to the name of a file that is set aside."""


def set_aside_damaged(study: Path, run_id: str) -> str | None:
    """Give files that cannot be read another name; says in one line what was found, None where nothing was."""
    found = damage(study, run_id)
    if found is None:
        return None
    for name in (RECORD, PREDICTIONS):
        _set_aside(study / run_id / name)
    return f"{found}; it is set aside and the run is trained again"


def remove_torn(folder: Path) -> None:
    """Remove files that were being written when their process died. Only whoever has claimed the run may do it."""
    for file in folder.glob(f"{TEMPORARY}*"):
        file.unlink(missing_ok=True)


def remove_checkpoints(folder: Path) -> None:
    """The run has ended: what it could have gone on from is of no use."""
    for file in folder.glob("checkpoint*.pt"):
        file.unlink(missing_ok=True)


def tidy(study: Path) -> None:
    """Remove what a sweep left of runs that are done when it was killed right after their record."""
    left = {file.parent for name in (CHECKPOINT, CLAIM) for file in study.glob(f"*/{name}")}
    for folder in left:
        if is_done(study, folder.name):
            with claimed(folder) as mine:  # the claim's own file goes when it is given back
                if mine:
                    remove_checkpoints(folder)


def forget(study: Path, run_id: str) -> None:
    """Make a run one that was never trained; its record is set aside until another takes its place.

    A run that is being trained by another sweep is left alone.
    """
    folder = study / run_id
    if not folder.is_dir():
        return
    with claimed(folder) as mine:
        if mine:
            remove_checkpoints(folder)
            _set_aside(folder / RECORD)


def _set_aside(file: Path) -> None:
    try:
        with suppress(FileNotFoundError):
            file.replace(file.with_name(f"{file.name}.{ASIDE}"))
    except OSError as error:
        raise StorageError(f"{file}: cannot be renamed: {error.strerror or error}") from error


def remove_set_aside(folder: Path) -> None:
    """What was set aside has been replaced."""
    for file in folder.glob(f"*.{ASIDE}"):
        file.unlink(missing_ok=True)
