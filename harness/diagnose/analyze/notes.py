"""What a person should know before training on a data set."""

from __future__ import annotations

from collections.abc import Iterator

from harness.data.window import described
from harness.diagnose.analyze.analysis import Analysis
from harness.diagnose.analyze.describe import Description
from harness.diagnose.analyze.duplicates import Pair

_NAMED = 3


def notes(found: Analysis) -> list[str]:
    """Warnings first, then what is merely worth knowing."""
    told = [f"{note[0].upper()}{note[1:]}." if note[0].islower() else f"{note}." for note in found.told]
    if facts := found.grey.facts(found.window):
        told.append(f"{described(facts)}.".capitalize())
    parts = [note for part in found.descriptions for note in _of(part, found.classes)]
    return sorted([*_repeated(found), *told, *parts], key=lambda note: not note.startswith("Warning"))


def _named(pairs: list[Pair]) -> str:
    return ", ".join(f"{pair.second[2]} = {pair.first[2]}" for pair in pairs[:_NAMED])


def _count(pairs: list[Pair], noun: str) -> str:
    return f"1 {noun} has" if len(pairs) == 1 else f"{len(pairs):,} {noun}s have"


def _repeated(found: Analysis) -> Iterator[str]:
    for kind, pairs in (("exact", found.duplicates.exact), ("near", found.duplicates.near)):
        how = "the pixels of" if kind == "exact" else "nearly the pixels of"
        across = [pair for pair in pairs if pair.across]
        within = [pair for pair in pairs if not pair.across]
        conflicts = [pair for pair in pairs if pair.conflict]
        if across:
            yield f"Warning: {_count(across, 'test image')} {how} a training image: {_named(across)}."
        if conflicts:
            yield f"Warning: {_count(conflicts, 'image')} {how} one with another label: {_named(conflicts)}."
        if within:
            yield f"{_count(within, 'image')} {how} another of the same part: {_named(within)}."
    readable = sum(part.images for part in found.descriptions)
    if found.duplicates.compared < readable - len(found.duplicates.exact) - _flat(found):
        yield f"Near duplicates were looked for among {found.duplicates.compared:,} images, evenly taken."


def _of_labels(part: Description, classes: tuple[str, ...]) -> Iterator[str]:
    found = part.labels
    if found is None:
        return
    always = [name for name, count in zip(classes, part.per_class, strict=True) if count == part.images]
    if always:
        yield f"Warning: every image of the {part.name} part has {', '.join(always[:_NAMED])}."
    if part.name != "train":
        return
    for pairs, sign, how in ((found.together, "=", "on the same"), (found.apart, "= not", "on all but the other's")):
        if pairs:
            named = ", ".join(f"{classes[one]} {sign} {classes[other]}" for one, other in pairs[:_NAMED])
            more = f" and {len(pairs) - _NAMED} pairs more" if len(pairs) > _NAMED else ""
            yield f"Warning: labels that are there {how} training images, so that one tells the other: {named}{more}."
    yield (
        f"A training image has {found.mean:.2f} labels in the mean and {found.largest} at most; {found.without:,} of "
        f"{part.images:,} have none."
    )


def _flat(found: Analysis) -> int:
    """Images without any structure, which are compared exactly alone."""
    return sum(int((~part.hashes.any(1)).sum()) for part in found.parts)


def _of(part: Description, classes: tuple[str, ...]) -> Iterator[str]:
    if part.unreadable:
        names = ", ".join(list(part.unreadable)[:_NAMED])
        yield f"Warning: unreadable images in the {part.name} part: {len(part.unreadable):,} ({names})."
    absent = [name for name, count in zip(classes, part.per_class, strict=True) if not count]
    if absent:
        which = "of" if part.labels is None else "that has"
        yield f"Warning: the {part.name} part has no image {which} {', '.join(absent[:_NAMED])}."
    yield from _of_labels(part, classes)
    if part.name != "train":
        return
    if part.flat:
        hidden = " Their transparency is not read." if any("A" in mode for mode in part.modes) else ""
        yield f"Warning: {part.flat:,} of {part.images:,} training images have a single colour.{hidden}"
    if part.one_size:
        yield f"All training images are {part.width['median']:g} × {part.height['median']:g} pixels."
    if part.grey == part.images:
        yield "No training image has colour."
    elif part.grey:
        yield f"{part.grey:,} of {part.images:,} training images have no colour, the others do."
    if len(part.modes) > 1:
        yield f"Stored in several modes: {', '.join(f'{mode} {count:,}' for mode, count in part.modes.items())}."
