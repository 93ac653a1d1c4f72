"""The server with PostgreSQL: its own database, kept from start to start, and one clear line where it cannot be."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import sqlalchemy

from harness.execution.mlflow import postgres
from harness.execution.mlflow.server import serve
from harness.spec.errors import RequestError

needs_postgres = pytest.mark.skipif(postgres.find_programs() is None, reason="PostgreSQL is not installed")


@pytest.fixture
def folder() -> Iterator[Path]:
    """Not below pytest's own folder, which is closed to the user that PostgreSQL runs as where tests run as root."""
    with TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        yield Path(place) / "server"


@needs_postgres
def test_what_is_written_is_there_at_the_next_start(folder: Path) -> None:
    pytest.importorskip("psycopg2")
    with postgres.running(folder) as address:
        engine = sqlalchemy.create_engine(address)
        with engine.begin() as connection:
            connection.execute(sqlalchemy.text("create table kept (value int)"))
            connection.execute(sqlalchemy.text("insert into kept values (7)"))
            listens = connection.execute(sqlalchemy.text("show listen_addresses")).scalar()
        engine.dispose()
    assert listens == "", "it is reached through its socket alone"
    with postgres.running(folder) as address:
        engine = sqlalchemy.create_engine(address)
        with engine.connect() as connection:
            assert connection.execute(sqlalchemy.text("select value from kept")).scalar() == 7
        engine.dispose()


SERVES = """
import sys, time
from pathlib import Path
from harness.execution.mlflow.postgres import running
with running(Path(sys.argv[1])):
    print("up", flush=True)
    time.sleep(600)
"""


@needs_postgres
def test_one_that_was_killed_starts_again_and_one_that_serves_is_left_alone(folder: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", SERVES, str(folder)], stdout=subprocess.PIPE, text=True) as other:
        try:
            assert other.stdout is not None
            assert other.stdout.readline() == "up\n"
            with pytest.raises(RequestError, match="is served already; end that server"), postgres.running(folder):
                pass
            left = (folder / "data" / "postmaster.pid").read_text(encoding="utf-8").split()[0]
        finally:
            other.kill()
    assert Path(f"/proc/{left}").exists(), "PostgreSQL outlives the process that started it"
    with postgres.running(folder):
        assert (folder / "data" / "postmaster.pid").read_text(encoding="utf-8").split()[0] != left


@needs_postgres
def test_a_cluster_that_does_not_start_is_told_in_one_line(folder: Path) -> None:
    cluster = folder / "data"
    cluster.mkdir(parents=True)
    (cluster / "PG_VERSION").write_text("9.6\n", encoding="utf-8")
    with pytest.raises(RequestError, match="server: pg_ctl failed in ") as caught, postgres.running(folder):
        pass
    assert "\n" not in str(caught.value)


def test_without_postgres_the_line_says_what_to_do(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "find_programs", lambda: None)
    with pytest.raises(RequestError, match="PostgreSQL is not installed; install it"), postgres.running(folder):
        pass


def test_the_address_of_a_database_is_checked(folder: Path) -> None:
    pytest.importorskip("mlflow")
    with pytest.raises(RequestError, match="must be an address such as postgresql://"):
        serve(folder, database="http://localhost")
