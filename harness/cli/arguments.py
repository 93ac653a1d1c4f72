"""The key=value words of a companion command."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from harness.cli.usage import Usage
from harness.spec.errors import RequestError
from harness.spec.paths import NAME
from harness.spec.variants import suggest

OPEN_GROUPS = ("backbone.kwargs.", "creation.kwargs.", "data.kwargs.", "recipe.optimizer_kwargs.", "transfer.groups=")


_TILDE = re.compile(r"""(?<![^,])[^,'"()\[\]{}]*~[^,'"()\[\]{}]*(?![^,])""")


def opened(override: str) -> str:
    """A word as Hydra's grammar takes it.

    What a constructor or loader takes, and patterns of names, are not known beforehand: they need no plus sign. Paths
    with a tilde, which a shell leaves as they are behind an equals sign, need no quotes.
    """
    key, equals, value = override.partition("=")
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


def words(command: str, arguments: list[str], usage: Usage) -> dict[str, str]:
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
