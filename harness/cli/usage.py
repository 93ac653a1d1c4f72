"""What the command tells about itself: help, versions, and shell completion of its companions."""

from __future__ import annotations

import ast
import importlib
import os
import platform
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import harness.cli.commands as package
from harness import __version__
from harness.spec.variants import variants

COMMANDS = package.__name__
WIDTH = 110
BOOLEAN = ("false", "true")


@dataclass(frozen=True)
class Key:
    """A key of a companion's own: `default` None has to be given, `choices` are its values where they are few."""

    name: str
    default: str | None
    meaning: str
    choices: tuple[str, ...] = ()

    @property
    def value(self) -> str:
        """Its default as the help shows it."""
        return "(needed)" if self.default is None else self.default or "-"


@dataclass(frozen=True)
class CommandUsage:
    """A companion's keys and examples; `run` tells in words which keys of a run it takes besides."""

    keys: tuple[Key, ...]
    examples: tuple[str, ...]
    run: str = ""

    @property
    def defaults(self) -> dict[str, str | None]:
        """Each key with its default."""
        return {key.name: key.default for key in self.keys}

    @property
    def own(self) -> dict[str, str]:
        """Each key with its default, empty where it has to be given."""
        return {key.name: key.default or "" for key in self.keys}


def commands() -> tuple[str, ...]:
    """The names of all companions."""
    return variants(COMMANDS)


def usage(command: str) -> CommandUsage:
    """What a companion declares."""
    found: CommandUsage = importlib.import_module(f"{COMMANDS}.{command}").USAGE
    return found


def purpose(command: str) -> str:
    """What a companion is for, in one line: that of its module, which is not imported for it."""
    file = Path(package.__file__).parent / f"{command}.py"
    told = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    return told.partition("\n")[0].removeprefix(f"`harness {command}`: ").removesuffix(".")


def described(command: str) -> str:
    """`harness COMMAND --help`: what it does, its keys with their defaults, and an example."""
    module = importlib.import_module(f"{COMMANDS}.{command}")
    told: CommandUsage = module.USAGE
    more = (getattr(module, command).__doc__ or "").strip().partition("\n")[2]
    lines = [f"harness {command}: {purpose(command)}", ""]
    if more:
        lines += [*_filled(textwrap.dedent(more)), ""]
    if told.keys:
        lines += ["Keys, with their defaults:", *_table(told.keys), ""]
    if told.run:
        lines += [*_filled(f"Besides: {told.run}"), "All keys of a run with their values: harness --cfg job", ""]
    lines += [f"Example{'s' if len(told.examples) > 1 else ''}:", *(f"  {example}" for example in told.examples)]
    return "\n".join(lines)


def overview() -> str:
    """What `harness --help` opens with: how it is called, and its companions."""
    names = commands()
    width = max(map(len, names))
    return "\n".join(
        [
            "Does the way a pretrained vision model is created change its accuracy?",
            "",
            "  harness [KEY=VALUE ...]            one run, trained and recorded",
            "  harness -m [KEY=VALUE,VALUE ...]   a sweep, compared and reported: harness -m +experiment=gap",
            "  harness COMMAND [KEY=VALUE ...]    one of its companions; harness COMMAND --help tells their keys",
            "",
            *(f"  {name:{width}}  {purpose(name)}" for name in names),
            "",
            "  --cfg job   every key of a run with its value        --version       versions of this and its libraries",
            "  -m          a sweep over values with commas          --hydra-help    Hydra's own options",
            '  eval "$(harness -sc install=bash)"                   completion for bash (zsh, fish alike)',
            "",
        ]
    )


def _table(keys: Sequence[Key]) -> list[str]:
    name, value = (max(len(text) for text in column) for column in zip(*((k.name, k.value) for k in keys), strict=True))
    indent = " " * (name + value + 6)
    return [
        line
        for key in keys
        for line in textwrap.wrap(
            f"  {key.name:{name}}  {key.value:{value}}  {_meaning(key)}",
            WIDTH,
            subsequent_indent=indent,
            drop_whitespace=True,
            break_long_words=False,
            break_on_hyphens=False,
        )
    ]


def _meaning(key: Key) -> str:
    return f"{key.meaning}: {', '.join(key.choices)}" if key.choices else key.meaning


def _filled(text: str) -> list[str]:
    """Paragraphs, filled."""
    return "\n\n".join(textwrap.fill(" ".join(part.split()), WIDTH) for part in text.strip().split("\n\n")).split("\n")


LINE = "COMP_LINE"
"""Where each shell's script of Hydra's puts what has been typed so far."""


def complete(words: Sequence[str]) -> bool:
    """Answer a shell's question as far as it is about a companion; returns whether that is all there is to answer.

    Where Hydra's keys can follow, the companion's name and its own keys are taken out of the line, and Hydra, which
    comes next, completes the rest.
    """
    line = os.environ.get(LINE, "")
    if not any(word.startswith("query=") for word in words):
        return False
    between = "\n" if "query=fish" in words else " "
    _, *typed = line.split()
    new = line.endswith(" ")
    if not typed or (len(typed) == 1 and not new):
        print(between.join(name for name in commands() if name.startswith(typed[0] if typed else "")))
        return False
    first, *others = typed
    if first not in commands():
        return False
    told, word = usage(first), "" if new else others[-1]
    offered = [f"{key.name}={choice}" for key in told.keys for choice in (key.choices or ("",))]
    print(between.join(each for each in offered if each.startswith(word)))
    keys = tuple(f"{key.name}=" for key in told.keys)
    left = [other for other in others if not other.startswith(keys)]
    os.environ[LINE] = " ".join([line.split()[0], *left]) + (" " if new else "")
    return not told.run or word.startswith(keys)


PACKAGE = "model-creation-harness"
LIBRARIES = ("torch", "timm", "torchvision", "hydra-core", "mlflow")


def versions() -> str:
    """This package and the libraries that results depend on, in one line; none is imported."""
    found = [f"{library} {_version(library)}" for library in LIBRARIES]
    return f"{PACKAGE} {__version__} ({', '.join([*found, f'Python {platform.python_version()}'])})"


def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return "not installed"
