"""What earlier attempts left in a run's folder."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from harness.records.claim import CLAIM, claimed
from harness.records.store import CHECKPOINT, PREDICTIONS, RECORD, TEMPORARY, damage, is_done
from harness.spec.errors import StorageError

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
