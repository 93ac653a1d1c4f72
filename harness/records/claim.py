"""A claim on a run: of all sweeps over a study, one does it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

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
