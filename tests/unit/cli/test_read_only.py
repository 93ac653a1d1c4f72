"""Where files cannot be written, as in a checkout that is mounted read-only: one line, and what would be right."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.cli.commands.archive import archive
from harness.cli.commands.claims import claims
from harness.cli.commands.compare import compare
from harness.cli.commands.report import report
from harness.cli.main import told

MINI = Path(__file__).parents[2] / "golden" / "mini"


@pytest.fixture
def read_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which every file is refused, whoever asks: permissions do not bind root."""
    folder = tmp_path / "results"
    shutil.copytree(MINI, folder / "mini")

    def refused(call: Callable[..., Any], place: Callable[..., Any]) -> Callable[..., Any]:
        def made(*arguments: Any, **named: Any) -> Any:
            if folder in Path(place(*arguments, **named)).parents or Path(place(*arguments, **named)) == folder:
                raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(place(*arguments, **named)))
            return call(*arguments, **named)

        return made

    monkeypatch.setattr(tempfile, "TemporaryFile", refused(tempfile.TemporaryFile, lambda *_, dir: dir))
    opened = Path.open
    blocked = refused(opened, lambda path, *_, **__: path)
    monkeypatch.setattr(
        Path, "open", lambda self, mode="r", *a, **k: (opened if "r" in mode else blocked)(self, mode, *a, **k)
    )
    return folder


def content(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def faulty(command: Callable[[list[str]], int], arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """What a command says that is refused in one line."""
    assert told(lambda: command(arguments)) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    return said


def test_a_report_names_the_folder_and_the_way_out(
    read_only: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = content(read_only)
    for more in ([], ["figure=curves"]):
        said = faulty(report, ["study=mini", f"out={read_only}", *more], capsys)
        why = "cannot be written: Read-only file system; to=FOLDER names another folder"
        assert said == f"error: {read_only / 'mini'}: {why}\n"
    assert content(read_only) == before
    elsewhere = tmp_path / "elsewhere"
    assert report(["study=mini", f"out={read_only}", f"to={elsewhere}"]) == 0
    assert (elsewhere / "report.html").is_file()
    assert content(read_only) == before


@pytest.mark.parametrize("command", ["archive", "claims", "compare"])
def test_so_do_other_commands_that_write(command: str, read_only: Path, capsys: pytest.CaptureFixture[str]) -> None:
    study, target = str(read_only / "mini"), read_only / "new"
    call, arguments, named = {
        "archive": (archive, ["study=mini", f"out={read_only}", f"to={target}"], target),
        "claims": (claims, [f"from={read_only}", f"to={target}"], target),
        "compare": (compare, [study, study, f"to={target}.txt"], target.with_name("new.txt")),
    }[command]
    said = faulty(call, arguments, capsys)
    assert said.startswith(f"error: {'to: ' if command == 'compare' else ''}{named}: cannot be written: Read-only")
    assert "to=FOLDER" in said or "name another file" in said


def test_what_the_system_refuses_is_no_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    def refuse(number: int, *path: str) -> int:
        raise OSError(number, os.strerror(number), *path)

    assert told(lambda: refuse(errno.EACCES, "/somewhere/file")) == 1
    assert capsys.readouterr().err == "error: /somewhere/file: Permission denied\n"
    for unknown in (lambda: refuse(errno.EACCES), lambda: refuse(errno.ECONNREFUSED, "a")):
        with pytest.raises(OSError, match=r"Permission denied|refused"):
            told(unknown)
