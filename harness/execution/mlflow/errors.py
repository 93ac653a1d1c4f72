"""A tracking store that cannot be used."""

from __future__ import annotations

from harness.spec.secret import redacted

LONGEST = 200


class TrackingError(Exception):
    """The tracking store failed. The message is one line; the records are as they were."""


def one_line(error: BaseException) -> str:
    """The first line of what an error says, or its kind where it says nothing; at most 200 characters."""
    text = redacted(str(error).strip())
    line = text.splitlines()[0] if text else type(error).__name__
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 3]}..."
