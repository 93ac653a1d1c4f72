"""Names in messages, and class names of two parts that may be spelled differently."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from harness.spec.paths import printable

SHOWN = 3


def shown(names: Sequence[str], limit: int = SHOWN) -> str:
    """The first of many names, and how many more."""
    return ", ".join(names[:limit]) + (f" and {len(names) - limit} more" if len(names) > limit else "")


def composed(name: str) -> str:
    """A name in Unicode's normal form C: macOS and many archives store an accent apart from its letter."""
    return unicodedata.normalize("NFC", name)


def look_alike(name: str, others: Iterable[str]) -> str | None:
    """The one of others that differs in nothing but case, blanks or the way its letters are composed."""
    wanted = _folded(name)
    return next((other for other in others if other != name and _folded(other) == wanted), None)


def ambiguous(names: Sequence[str], where: str) -> Iterator[str]:
    """Names within one part that nobody can tell apart: they differ in outer blanks or composition alone."""
    seen: dict[str, str] = {}
    for name in names:
        other = seen.setdefault(composed(name).strip(), name)
        if other != name:
            yield f"{where} has two classes that look alike: {other!a} and {name!a}; make them one"


def unmatched(names: Sequence[str], known: Sequence[str], where: str, elsewhere: str) -> Iterator[str]:
    """One line for each name that `known` has in another spelling, and one for all that it has not at all.

    Args:
        names: those of one part.
        known: those of the other.
        where: the first part, in words.
        elsewhere: the other one.
    """
    foreign = []
    for name in names:
        twin = look_alike(name, known)
        if twin is None:
            foreign.append(printable(name))
        else:
            both = f"'{printable(name)}' in {where} and '{printable(twin)}' in {elsewhere}"
            yield f"{both} differ in {_difference(name, twin)} alone; spell them alike"
    if foreign:
        yield f"classes in {where} but not in {elsewhere}: {shown(foreign, 5)}; both need the same"


def _folded(name: str) -> str:
    return " ".join(composed(name).casefold().split())


def _difference(name: str, twin: str) -> str:
    if composed(name).casefold() == composed(twin).casefold():
        return "case"
    return "blanks" if composed(name).split() == composed(twin).split() else "case and blanks"
