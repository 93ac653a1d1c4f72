"""The key=value words of the command line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from harness.spec.errors import RequestError
from harness.spec.paths import NAME
from harness.spec.variants import current, suggest

if TYPE_CHECKING:
    from harness.cli.usage import CommandUsage

OPEN_GROUPS = ("backbone.kwargs.", "creation.kwargs.", "data.kwargs.", "recipe.optimizer_kwargs.", "transfer.groups=")


_TILDE = re.compile(r"""(?<![^,])[^,'"()\[\]{}]*~[^,'"()\[\]{}]*(?![^,])""")


def opened(override: str) -> str:
    """A word as Hydra's grammar takes it.

    What a constructor or loader takes, and patterns of names, are not known beforehand: they need no plus sign. Paths
    with a tilde, which a shell leaves as they are behind an equals sign, need no quotes. A key that had another name
    once has today's.
    """
    key, equals, value = override.partition("=")
    key = current(key)
    quoted = f"{key}{equals}{_TILDE.sub(lambda found: repr(found.group()), value)}"
    return f"++{quoted}" if override.startswith(OPEN_GROUPS) else quoted


def refuse_search(overrides: Sequence[str]) -> None:
    """Refuse keys of a search that are named where nothing is searched; those in a study's file wait for one.

    Raises:
        RequestError: one or more are named.
    """
    keys = [override.partition("=")[0].lstrip("+~") for override in overrides]
    found = [key for key in keys if key.partition(".")[0] == "search"]
    if found:
        raise RequestError(f"{key}: has no effect here; it is read by harness search alone" for key in found)


def study_folder(out: str, study: str) -> Path:
    """Where a study's records lie; `out` is any folder of the user's, `study` a name within it.

    Raises:
        RequestError: it is no name.
    """
    if not re.fullmatch(NAME, study):
        raise RequestError(f"study: a study is named by letters, digits and . _ -, got '{study}'; out= takes a folder")
    return Path(out) / study


def words(command: str, arguments: list[str], usage: CommandUsage) -> dict[str, str]:
    """The values given, defaults filled in.

    Raises:
        RequestError: a key that the command does not know, or one that is missing.
    """
    given = dict(usage.defaults)
    faults = []
    for argument in arguments:
        key, equals, value = argument.partition("=")
        if not equals or key not in given:
            faults.append(f"harness {command}: '{argument}' is not one of its keys; {suggest(key, usage.defaults)}")
        given[key] = value
    faults += [f"{key}: harness {command} needs {key}=..." for key, value in given.items() if value is None]
    if faults:
        raise RequestError(faults)
    return {key: value or "" for key, value in given.items()}


def sorted_words(words: Sequence[str]) -> list[str]:
    """The flags with their values first, then all overrides: Hydra's own parser wants the overrides in one piece.

    Raises:
        RequestError: a flag is unknown, or lacks its value.
    """
    from hydra._internal.utils import get_args_parser

    parser = get_args_parser()

    def refuse(message: str) -> NoReturn:
        raise RequestError(f"{message.replace('unrecognized arguments', 'no such option')}; see harness --help")

    parser.error = refuse  # type: ignore[method-assign]  # argparse's own prints its usage and leaves
    asked = parser.parse_intermixed_args(list(words))
    if asked.run + asked.multirun + asked.shell_completion + bool(asked.cfg) + bool(asked.info) > 1:
        raise RequestError("-m, --cfg, --info and -sc exclude each other; of a sweep --cfg shows what one run gets")
    overrides = list(asked.overrides)
    left, flags = list(overrides), []
    for word in words:
        if word in left:
            left.remove(word)
        else:
            flags.append(word)
    return [*flags, *overrides]
