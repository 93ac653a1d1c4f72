"""What lies in an image folder, found without decoding any image."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.data.layout import (
    Accept,
    Layout,
    find_layout,
    folders,
    image_files,
    is_image,
    left_out,
    lone_fault,
    nesting_faults,
    uncommon,
)
from harness.data.names import ambiguous, composed, look_alike, shown, unmatched
from harness.data.open import choose_classes
from harness.spec.errors import RequestError
from harness.spec.paths import Walk, printable
from harness.spec.spec import Data


@dataclass(frozen=True)
class Files:
    """The image files of one part, ordered by class and name, with their labels and groups."""

    paths: tuple[Path, ...]
    labels: tuple[int, ...]
    groups: tuple[str, ...] | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Listing:
    """The classes of a folder and the files of its parts; `test` is None where it has to be cut from `train`.

    `notes` tell what a person should know of how the folder was read. `reading` stands for what of that makes other
    numbers than records of the same files had before; it enters a run's identity.
    """

    classes: tuple[str, ...]
    layout: Layout
    train: Files
    validation: Files | None
    test: Files | None
    notes: tuple[str, ...]
    reading: str | None


def scan_classes(folder: Path, classes: Sequence[str], key: str) -> Files:
    """The files of `folder/CLASS/*` for each of `classes`; `key` is what named the folder.

    Raises:
        RequestError: a class has no images there.
    """
    there = {printable(composed(name)): path for name, path in folders(folder).items()}
    found = _files(folder, [there.get(composed(name)) for name in classes], folder.name, is_image)
    _refuse_empty(found, classes, f"{key}: no images in {folder} for {{}}; it must hold CLASS/* for every class")
    return found


def scan(spec: Data, accept: Accept = is_image) -> Listing:
    """The files of an image folder, of which the classes that `spec.classes` keeps must have some in each part.

    `accept` tells images from other files.

    Raises:
        RequestError: the folder, the classes or the group pattern is wrong.
    """
    if spec.path is None:
        raise RequestError("data.path: the folder that holds train/ and val/ is needed to read the images")
    layout = find_layout(spec.path, spec.train_split, spec.test_split, accept)
    used = [*layout.train, *(part for part in (layout.validation, layout.test) if part is not None)]
    by_name = [folders(part) for part in used]
    names = sorted(by_name[0])
    faults = list(_class_faults(used, by_name, accept))
    if faults:
        raise RequestError(faults)
    pattern = compile_groups(spec.groups)
    parts = []
    for part, there in zip(used, by_name, strict=True):
        same = {composed(name): path for name, path in there.items()}
        found = _files(part, [same[composed(name)] for name in names], part.name, accept)
        kept = [printable(name) for name in choose_classes(tuple(names), spec.classes)]
        _refuse_empty(found, kept, f"data.path: no images in {part.name}/ for {{}}")
        parts.append(Files(found.paths, found.labels, find_groups(found.paths, pattern), found.notes))
    learnt = _joined(parts[: len(layout.train)])
    validation = parts[len(layout.train)] if layout.validation is not None else None
    test = parts[-1] if layout.test is not None else None
    return Listing(
        tuple(map(printable, names)),
        layout,
        learnt,
        validation,
        test,
        (*_composition(used, by_name), *(note for part in parts for note in part.notes), *_aside(layout)),
        _reading(layout, [path for part in parts for path in part.paths]),
    )


def _class_faults(used: list[Path], by_name: list[dict[str, Path]], accept: Accept) -> Iterator[str]:
    first, *others = used
    nested = [fault for part, there in zip(used, by_name, strict=True) for fault in nesting_faults(part, there)]
    if nested:
        yield nested[0]
        return
    learnt = {composed(name) for name in by_name[0]}
    for part, there in zip(used, by_name, strict=True):
        yield from (f"data.path: {fault}" for fault in ambiguous(sorted(there), f"{part.name}/"))
    for part, there in zip(others, by_name[1:], strict=True):
        names = {composed(name) for name in there}
        lacking, added = sorted(learnt - names), sorted(names - learnt)
        alone = [name for name in lacking if look_alike(name, added) is None]
        yield from (f"data.path: {fault}" for fault in unmatched(alone, [], f"{first.name}/", f"{part.name}/"))
        yield from (f"data.path: {fault}" for fault in unmatched(added, lacking, f"{part.name}/", f"{first.name}/"))
    if len(learnt) < 2 and all({composed(name) for name in there} == learnt for there in by_name):
        yield lone_fault(first, by_name[0], accept)


def _files(part: Path, classes: Sequence[Path | None], name: str, accept: Accept) -> Files:
    """The images of each class in turn; a class of which nothing is there has none."""
    found = [([], Walk((), (), ())) if path is None else image_files(path, accept) for path in classes]
    labels = tuple(label for label, (files, _) in enumerate(found) for _ in files)
    paths = tuple(path for files, _ in found for path in files)
    return Files(paths, labels, None, tuple(_notes(part, f"{name}/", [walk for _, walk in found], accept)))


def _notes(part: Path, name: str, found: list[Walk], accept: Accept) -> Iterator[str]:
    counts = left_out(found, accept)
    if counts:
        listed = ", ".join(f"{ending} {count:,}" for ending, count in counts.items())
        yield f"{counts.total():,} files below {name} are left out, as they are no images by their ending: {listed}"
    loose = sum(entry.is_file() and accept(entry) for entry in part.iterdir())
    if loose:
        yield f"{loose:,} images right in {name} are left out, as they lie in no class folder"
    dangling = [_below(part, path) for each in found for path in each.dangling]
    if dangling:
        yield f"{len(dangling):,} links below {name} lead nowhere and are left out: {shown(dangling)}"
    looping = [_below(part, path) for each in found for path in each.looping]
    if looping:
        yield f"{len(looping):,} links below {name} lead back to a folder above and are not followed: {shown(looping)}"


def _below(part: Path, path: Path) -> str:
    return printable(path.relative_to(part.parent).as_posix())


def _refuse_empty(found: Files, classes: Sequence[str], said: str) -> None:
    present = set(found.labels)
    empty = [name for label, name in enumerate(classes) if label not in present]
    if empty:
        raise RequestError(said.format(shown(empty, 5)))


def _joined(parts: list[Files]) -> Files:
    """Several parts to learn from as one, by class and then by part."""
    if len(parts) == 1:
        return parts[0]
    order = [(label, number, index) for number, part in enumerate(parts) for index, label in enumerate(part.labels)]
    order.sort()
    return Files(
        tuple(parts[number].paths[index] for _, number, index in order),
        tuple(label for label, _, _ in order),
        None if parts[0].groups is None else tuple((parts[number].groups or ())[index] for _, number, index in order),
    )


def _composition(used: list[Path], by_name: list[dict[str, Path]]) -> Iterator[str]:
    for part, there in zip(used[1:], by_name[1:], strict=True):
        other = [printable(name) for name in sorted(there) if name not in by_name[0]]
        if other:
            yield (
                f"{used[0].name}/ and {part.name}/ store the letters of {shown(other)} in different Unicode forms; "
                "they are read as one class each"
            )


def _aside(layout: Layout) -> Iterator[str]:
    for path in layout.aside:
        why = "" if folders(path) else ", as it has no class folders"
        yield f"{path.name}/ is left aside{why}"


def _reading(layout: Layout, paths: list[Path]) -> str | None:
    endings = uncommon(paths)
    marks = [f"endings={','.join(endings)}"] if endings else []
    return ";".join(["validation=own", *marks] if layout.validation is not None else marks) or None


def compile_groups(pattern: str | None) -> re.Pattern[str] | None:
    """`data.groups` as a regular expression.

    Raises:
        RequestError: it is none.
    """
    try:
        return None if pattern is None else re.compile(pattern)
    except re.error as error:
        raise RequestError(f"data.groups: '{pattern}' is no regular expression: {error}") from None


def find_groups(paths: Sequence[Path], pattern: re.Pattern[str] | None) -> tuple[str, ...] | None:
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
