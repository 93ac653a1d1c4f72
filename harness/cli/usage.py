"""What a companion command takes, declared once: read by the command itself, by its help, and by shell completion."""

from __future__ import annotations

import ast
import importlib
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import harness.cli.commands as package
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
class Usage:
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


def usage(command: str) -> Usage:
    """What a companion declares."""
    found: Usage = importlib.import_module(f"{COMMANDS}.{command}").USAGE
    return found


def purpose(command: str) -> str:
    """What a companion is for, in one line: that of its module, which is not imported for it."""
    file = Path(package.__file__).parent / f"{command}.py"
    told = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    return told.partition("\n")[0].removeprefix(f"`harness {command}`: ").removesuffix(".")


def described(command: str) -> str:
    """`harness COMMAND --help`: what it does, its keys with their defaults, and an example."""
    module = importlib.import_module(f"{COMMANDS}.{command}")
    told: Usage = module.USAGE
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
