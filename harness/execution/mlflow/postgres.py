"""A PostgreSQL of one's own, from the programs of an ordinary installation."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from filelock import FileLock, Timeout

from harness.spec.errors import RequestError

SYSTEM_USER = "postgres"
DATABASE, ROLE = "mlflow", "mlflow"
PLACES = "/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin"


def find_programs() -> Path | None:
    """The folder of `initdb` and `pg_ctl`: that of the search path, or else the newest where packages put them."""
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).resolve().parent
    programs = [path for place in PLACES for path in Path("/").glob(f"{place[1:]}/initdb")]
    return max(programs, key=_version).parent if programs else None


def _version(program: Path) -> int:
    digits = "".join(filter(str.isdigit, program.parent.parent.name))
    return int(digits or 0)


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """A database server over the cluster in `folder`, made where there is none; yields its SQLAlchemy address.

    It listens on a socket that its user alone can reach, and on no port, so that no password is needed. PostgreSQL
    refuses to run as root: started by root, it runs as the user that its package makes. It is stopped when the block
    ends, with all that it was told written; one that a killed process left behind is stopped first.

    Raises:
        RequestError: PostgreSQL is not installed, or does not start, or another process serves this folder.
    """
    programs = find_programs()
    if programs is None:
        raise RequestError(
            "server: PostgreSQL is not installed; install it (Debian's package postgresql), or name a database that "
            "runs already with database=postgresql://USER@HOST/NAME"
        )
    user = _other_user()
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder), TemporaryDirectory(prefix="harness-") as sockets:
        for path in (folder, Path(sockets)):
            if user is not None:
                shutil.chown(path, user)
            path.chmod(0o700)
        cluster = folder / "data"
        if not (cluster / "PG_VERSION").is_file():
            made: list[str | Path] = ["--username", ROLE, "--auth", "trust", "--encoding", "UTF8", "--no-instructions"]
            _call([programs / "initdb", "--pgdata", cluster, *made], folder, user)
        stop: list[str | Path] = [programs / "pg_ctl", "--pgdata", cluster, "stop", "--mode", "fast", "--wait"]
        with suppress(RequestError):  # as a rule there is none
            _call(stop, folder, user)
        options = f"-c listen_addresses='' -c unix_socket_directories='{sockets}'"
        start: list[str | Path] = ["start", "--wait", "--log", folder / "postgres.log", "--options", options]
        _call([programs / "pg_ctl", "--pgdata", cluster, *start], folder, user)
        try:
            _make_database(programs, sockets, folder, user)
            yield f"postgresql+psycopg2://{ROLE}@/{DATABASE}?host={sockets}"
        finally:
            _call(stop, folder, user)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    lock = FileLock(folder / "server.lock")
    try:
        lock.acquire(blocking=False)
    except Timeout:
        raise RequestError(f"server: {folder} is served already; end that server, or use folder=OTHER") from None
    try:
        yield
    finally:
        lock.release()


def _other_user() -> str | None:
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(SYSTEM_USER).pw_name
    except KeyError:
        raise RequestError(
            f"server: PostgreSQL does not run as root, and there is no user '{SYSTEM_USER}'; start it as another user"
        ) from None


def _make_database(programs: Path, sockets: str, folder: Path, user: str | None) -> None:
    at: list[str | Path] = ["--host", sockets, "--username", ROLE]
    listed = _call([programs / "psql", *at, "--dbname", "postgres", "--list", "--tuples-only", "--csv"], folder, user)
    if not any(line.split(",")[0] == DATABASE for line in listed.splitlines()):
        _call([programs / "createdb", *at, DATABASE], folder, user)


def _call(command: list[str | Path], folder: Path, user: str | None) -> str:
    """What a program prints.

    Raises:
        RequestError: it fails, with the last line of what it says.
    """
    files = folder / "calls.out"  # a pipe would stay open in the daemon that pg_ctl starts, and be waited for
    with files.open("w+", encoding="utf-8") as output:
        done = subprocess.run(
            [str(word) for word in command],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            user=user,
            group=None if user is None else pwd.getpwnam(user).pw_gid,
            extra_groups=None if user is None else [],
            check=False,
        )
        output.seek(0)
        told = output.read()
    if done.returncode:
        lines = [line.strip() for line in told.splitlines() if line.strip()]
        raise RequestError(
            f"server: {Path(command[0]).name} failed in {folder}: {lines[-1] if lines else done.returncode}"
        )
    return told
