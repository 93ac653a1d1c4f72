"""What the command tells about itself: help, version, completion; and flags in any order."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from harness import __version__
from harness.cli.arguments import sorted_words
from harness.cli.main import COMMANDS
from harness.cli.usage import LINE, commands, complete, described, overview, usage
from harness.spec.errors import RequestError
from harness.spec.variants import load_variant

Run = Callable[..., subprocess.CompletedProcess[str]]


def test_the_overview_names_every_companion_with_a_line() -> None:
    told = overview()
    for name in commands():
        [line] = re.findall(rf"^  {name} +(\S.*)$", told, re.MULTILINE)
        assert len(line) > 10


@pytest.mark.parametrize("name", commands())
def test_help_tells_keys_defaults_and_an_example(name: str) -> None:
    told, declared = described(name), usage(name)
    for key in declared.keys:
        [line] = re.findall(rf"^  {re.escape(key.name)} +(\S.*)$", told, re.MULTILINE)
        assert line.startswith(key.default or "-" if key.default is not None else "(needed)")
        assert key.meaning.split()[0] in line
    assert f"harness {name}" in told.partition("Example")[2]


@pytest.mark.parametrize("name", [name for name in commands() if not usage(name).run])
def test_a_key_that_is_not_declared_is_refused(name: str) -> None:
    with pytest.raises(RequestError, match="'nix=1' is not one of its keys"):
        load_variant(COMMANDS, name)(["nix=1"])


def test_help_and_version_by_the_command(command: Run) -> None:
    whole = command("--help")
    assert whole.returncode == 0
    assert "harness COMMAND [KEY=VALUE ...]" in whole.stdout
    assert re.search(r"^creation: .*swap_head", whole.stdout, re.MULTILINE)
    assert "Keys, with their defaults:" in command("plan", "--help").stdout
    version = command("--version").stdout
    assert version.startswith(f"model-creation-harness {__version__} (torch ")
    assert "timm 1." in version


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (["out=x", "-m", "seed=0,1"], ["-m", "out=x", "seed=0,1"]),
        (["a=1", "--cfg", "job", "b=2", "--resolve"], ["--cfg", "job", "--resolve", "a=1", "b=2"]),
        (["a=1", "a=1", "-m"], ["-m", "a=1", "a=1"]),
        ([], []),
    ],
)
def test_flags_and_overrides_stand_in_any_order(given: list[str], wanted: list[str]) -> None:
    assert sorted_words(given) == wanted


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["--nix"], "no such option: --nix; see harness --help"),
        (["a=1", "--cfg"], "expected one argument"),
        (["-m", "--cfg", "job"], "exclude each other"),
    ],
)
def test_a_wrong_flag_is_one_line(given: list[str], told: str) -> None:
    with pytest.raises(RequestError, match=told):
        sorted_words(given)


def completed(line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> tuple[list[str], bool]:
    monkeypatch.setenv(LINE, line)
    whole = complete(["-sc", "query=bash"])
    return capsys.readouterr().out.split(), whole


def test_completion_of_companions(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert completed("harness re", monkeypatch, capsys) == (["register", "report"], False)
    assert completed("harness report f", monkeypatch, capsys) == (["figure="], True)
    assert completed("harness plan format=", monkeypatch, capsys) == (["format=json", "format=text"], True)
    offered, whole = completed("harness audit creation=swap_head format=json w", monkeypatch, capsys)
    assert (offered, whole) == ([], False)  # Hydra goes on with the keys of a run
    assert os.environ[LINE] == "harness creation=swap_head w"
    assert completed("harness creation=sw", monkeypatch, capsys) == ([], False)


def test_hydra_completes_the_rest(command: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(LINE, "harness audit creation=sw")
    assert "creation=swap_head" in command("-sc", "query=bash").stdout.split()
    assert "hydra_bash_completion" in command("-sc", "install=bash").stdout


def test_report_without_a_study_lists_them(command: Run, tmp_path: Path) -> None:
    none = command("report")
    assert none.returncode == 2
    assert none.stderr.startswith("error: study: no studies in runs")
    for name in ("one", "two"):
        (tmp_path / "runs" / name).mkdir(parents=True)
        (tmp_path / "runs" / name / "study.json").write_text('{"title": "T", "cells": ["a", "b"]}')
    (tmp_path / "runs" / "torn").mkdir()
    (tmp_path / "runs" / "torn" / "study.json").write_text("[")
    listed = command("report")
    assert listed.returncode == 0
    assert [line.split()[:2] for line in listed.stdout.splitlines()] == [["study=one", "2"], ["study=two", "2"]]
    assert "did you mean two?" in command("report", "study=twoo").stderr


@pytest.mark.parametrize(
    ("override", "told"),
    [
        ("weights=mobilenetv2_imagenet", "weights.path: is read from the environment variable HARNESS_ASSETS, which"),
        ("data.path=${oc.env:NOT_SET}", "data.path: is read from the environment variable NOT_SET, which is not set"),
        ("data.path=${nix.da}", "data.path: refers to 'nix.da', and there is no such key"),
    ],
)
@pytest.mark.parametrize("how", [(), ("-m",), ("audit",)])
def test_what_the_environment_lacks_is_one_line(
    how: tuple[str, ...], override: str, told: str, command: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HARNESS_ASSETS", raising=False)
    ended = command(*how, override)
    assert ended.returncode == 2
    assert ended.stderr.startswith(f"error: {told}")
    assert ended.stderr.count("\n") == 1


def test_nothing_is_written_beside_the_user_s_files_unasked(command: Run, tmp_path: Path) -> None:
    """The companions whose tables lie in a checkout's results print them elsewhere."""
    atlas = command("atlas", "name=test_resnet")
    assert atlas.returncode == 0, atlas.stderr  # torchvision has none of that name, which is no fault
    assert re.search(r"^test_resnet +fc +\d+ +U\(±1/√features\)", atlas.stdout, re.MULTILINE)
    (tmp_path / "runs" / "adhoc").mkdir(parents=True)
    refused = command("archive", "study=adhoc")
    assert refused.stderr == "error: to: harness archive needs to=FOLDER, the folder to write into\n"
    (tmp_path / "results").mkdir()
    assert "open" in command("claims").stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == ["results", "runs"]
    assert not list((tmp_path / "results").iterdir())


def test_a_reader_that_leaves_early_is_no_error() -> None:
    command = [sys.executable, "-m", "harness", "export", "--help"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as told:
        assert told.stdout is not None
        assert told.stderr is not None
        told.stdout.close()
        assert told.stderr.read() == ""
    assert told.returncode == 128 + signal.SIGPIPE
