"""What README, documents, help texts and the program itself tell a user to type is right, as it stands there."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from hydra import initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.plugins.config_source import ConfigResult
from hydra.types import RunMode
from omegaconf import OmegaConf

import harness
from harness.cli.arguments import opened, words
from harness.cli.axes import axes
from harness.cli.compose import CONFIGURATION, own_axes, plain
from harness.cli.reading import ReadOnce
from harness.cli.requests import take
from harness.cli.sweep import expanded
from harness.cli.usage import commands, usage
from harness.spec.paths import configuration_folder
from tests.documented import TOP, Command, documented

KNOWN = list({command.line: command for command in documented()}.values())
FLAGS = ("-m", "--help", "--version", "--cfg", "job", "-sc", "install=fish", "|", "source")
PLACEHOLDER = re.compile(r"\b(NAME|COMMAND|KEY|SETTING)\b|\.\.\.|\[|git:A")
RUN_ALONE = {"audit": "README.md", "explain": "README.md", "export": "docs/companions.md"}
"""Companions that are run here, as the page shows them: a second each, and no records are needed."""

PACKAGE = Path(harness.__file__).parent


def test_bash_reads_every_command() -> None:
    assert len(KNOWN) > 80
    for command in KNOWN:
        read = subprocess.run(["bash", "-n", "-c", command.line], capture_output=True, text=True, check=False)
        assert read.returncode == 0, f"{command.place}: {command.line}: {read.stderr}"


def test_no_word_is_left_to_the_shell() -> None:
    """A `*` that is not quoted names files where there are some."""
    for command in KNOWN:
        bare = re.sub(r"'[^']*'|\"[^\"]*\"|#.*", "", command.line)
        assert not re.search(r"[*?()<>;&$]", bare), f"{command.place}: {command.line}"


def test_make_knows_its_targets() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (TOP / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for page in (TOP / "README.md", *(TOP / "docs").glob("*.md")):
        named = re.findall(r"(?:`|^    )make ([a-z-]+)", page.read_text(encoding="utf-8"), re.MULTILINE)
        assert set(named) <= targets, page.name


def of_harness(command: Command) -> bool:
    return "harness" in command.words[:4] and not PLACEHOLDER.search(command.line)


@pytest.mark.parametrize(
    "command", [each for each in KNOWN if of_harness(each)], ids=lambda command: command.line[:100]
)
def test_hydra_composes_it(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARNESS_ASSETS", "assets")
    if "submitit" in command.line:
        pytest.importorskip("hydra_plugins.hydra_submitit_launcher")
    given = [word for word in command.words[command.words.index("harness") + 1 :] if word not in FLAGS]
    first, overrides = (given[0], given[1:]) if given and given[0] in commands() else ("", given)
    if first == "search" and overrides:
        assert axes(overrides, ("creation", "init", "replicate"), "range(0,8)").space
        return
    if first in ("compare", "register"):  # they take words besides
        assert take(overrides, usage(first))[0].keys() == usage(first).own.keys()
        return
    if first and not usage(first).run:
        if len(overrides) or not any(key.default is None for key in usage(first).keys):
            words(first, overrides, usage(first))
        return
    if first:
        overrides = take(overrides, usage(first))[1]
    assert_composed(tuple(overrides))


READ: dict[tuple[str, ...], ConfigResult | None] = {}


@cache
def assert_composed(overrides: tuple[str, ...]) -> None:
    """The first and the last job of what these overrides name have a configuration."""
    with initialize_config_dir(config_dir=str(configuration_folder().absolute()), version_base="1.3"):
        loader = GlobalHydra.instance().config_loader()
        loader.repository = ReadOnce(loader.repository.get_sources(), READ)
        master = loader.load_configuration(CONFIGURATION, [opened(each) for each in overrides], RunMode.MULTIRUN)
        asked = OmegaConf.to_container(master.hydra.sweeper, resolve=True)
        assert isinstance(asked, dict)
        jobs = expanded(loader, asked["params"], asked["blocks"], list(master.hydra.overrides.task))
        for job in {tuple(jobs[0]), tuple(jobs[-1])}:
            composed = loader.load_sweep_config(master, list(job))
            assert plain(composed)["creation"]["name"]
            assert own_axes(composed) == own_axes(master)


@pytest.mark.parametrize("name", RUN_ALONE)
def test_a_page_s_own_commands_run(
    name: str, command: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    [line] = [each for each in KNOWN if each.place == RUN_ALONE[name] and each.words[:2] == ["harness", name]]
    ended = command(*line.words[1:])
    assert ended.returncode in ((0, 1) if name == "audit" else (0,)), ended.stderr
    assert ended.stdout


def literals(file: Path) -> list[str]:
    """The strings of a module that are no docstrings."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    told = {
        id(first.value)
        for node in ast.walk(tree)
        for body in [getattr(node, "body", [])]
        if isinstance(body, list)
        for first in body
        if isinstance(first, ast.Expr)
    }
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told
    ]


def test_advice_is_quoted_and_names_what_the_reader_has() -> None:
    """What a message tells to type can be pasted; a wheel holds neither documents nor a Makefile."""
    for file in PACKAGE.rglob("*.py"):
        if {"dev", "conf"} & set(file.relative_to(PACKAGE).parts):
            continue
        for text in literals(file):
            bare = re.sub(r"'[^']*('|$)", "", text)
            assert not re.search(r"\b\w+=(?:range|tag|interval|glob|choice)\(", bare), (file.name, text)
            assert not re.search(r"\bdocs/\w+\.md|\bREADME|(?<!`)\bmake (?:sweep|ui|setup)\b", text), (file.name, text)
