"""What is wrong with a request: told in one line each, all at once, before any work."""

from __future__ import annotations

from collections.abc import Iterable


class RequestError(Exception):
    """The request was wrong. Each fault says what is wrong, in which field, and what would be right."""

    def __init__(self, faults: str | Iterable[str]) -> None:
        self.faults = (faults,) if isinstance(faults, str) else tuple(dict.fromkeys(faults))
        super().__init__("\n".join(self.faults))


class StorageError(OSError):
    """A file cannot be written: the disk is full, the folder read-only. What was there before is untouched."""


class LostRankError(Exception):
    """One of the processes that compute a run together is gone."""


class ImpossibleConfiguration(Exception):  # noqa: N818 - it is no error inside a sweep, where it is skipped
    """A well-formed request that this architecture cannot have: skipped in a sweep, refused alone."""


class NoEffect(str):
    """A fault in one line, as any other; `key` names what has no effect.

    In a sweep it is none where the key has an effect in another configuration.
    """

    __slots__ = ("key",)
    key: str


def no_effect(key: str, why: str) -> NoEffect:
    """`KEY: has no effect WHY`."""
    fault = NoEffect(f"{key}: has no effect {why}")
    fault.key = key
    return fault
