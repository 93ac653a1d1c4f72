"""The key=value words of a companion command."""

from __future__ import annotations

from harness.spec.errors import RequestError
from harness.spec.variants import suggest

OPEN_GROUPS = ("backbone.kwargs.", "creation.kwargs.", "data.kwargs.", "transfer.groups=")


def opened(override: str) -> str:
    """What a constructor or loader takes, and patterns of names, are not known beforehand: they need no plus sign."""
    return f"++{override}" if override.startswith(OPEN_GROUPS) else override


def words(command: str, arguments: list[str], defaults: dict[str, str | None]) -> dict[str, str]:
    """The values given, defaults filled in; a default of None has to be given.

    Raises:
        RequestError: a key that the command does not know, or one that is missing.
    """
    given = dict(defaults)
    faults = []
    for argument in arguments:
        key, equals, value = argument.partition("=")
        if not equals or key not in defaults:
            faults.append(f"harness {command}: '{argument}' is not one of its keys; {suggest(key, defaults)}")
        given[key] = value
    faults += [f"{key}: harness {command} needs {key}=..." for key, value in given.items() if value is None]
    if faults:
        raise RequestError(faults)
    return {key: value or "" for key, value in given.items()}
