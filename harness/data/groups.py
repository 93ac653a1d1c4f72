"""The group (the patient) that a file's name tells."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from harness.spec.errors import RequestError
from harness.spec.paths import printable


def compiled(pattern: str | None) -> re.Pattern[str] | None:
    """`data.groups` as a regular expression.

    Raises:
        RequestError: it is none.
    """
    try:
        return None if pattern is None else re.compile(pattern)
    except re.error as error:
        raise RequestError(f"data.groups: '{pattern}' is no regular expression: {error}") from None


def groups(paths: Sequence[Path], pattern: re.Pattern[str] | None) -> tuple[str, ...] | None:
    """What the pattern finds in each name: the first parenthesis if there is one, else all. None without a pattern.

    Raises:
        RequestError: a name has no group.
    """
    if pattern is None:
        return None
    found = [_group_of(path, pattern) for path in paths]
    without = [path.name for path, group in zip(paths, found, strict=True) if not group]
    if without:
        raise RequestError(
            f"data.groups: '{pattern.pattern}' finds no group in {len(without)} of {len(paths)} file names, "
            f"such as {printable(without[0])}; every image needs one"
        )
    return tuple(printable(group) for group in found if group)


def _group_of(file: Path, pattern: re.Pattern[str]) -> str | None:
    match = pattern.search(file.name)
    if match is None:
        return None
    group: str | None = match.group(1 if pattern.groups else 0)
    return group
