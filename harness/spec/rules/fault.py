"""A fault of its own kind: a key that has no effect where it is set."""

from __future__ import annotations


class NoEffect(str):
    """A fault in one line, as any other; `key` names what has no effect.

    In a sweep it is none where the key has an effect in another cell.
    """

    __slots__ = ("key",)
    key: str


def no_effect(key: str, why: str) -> NoEffect:
    """`KEY: has no effect WHY`."""
    fault = NoEffect(f"{key}: has no effect {why}")
    fault.key = key
    return fault
