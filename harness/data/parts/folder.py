"""What lies in an ImageFolder, found without decoding any image."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from torchvision.datasets.folder import IMG_EXTENSIONS

from harness.data.parts.choose import choose_classes
from harness.spec.errors import RequestError
from harness.spec.spec import Data

PARTS = ("train", "val")


@dataclass(frozen=True)
class Files:
    """The image files of one part, ordered by class and name, with their labels and groups."""

    paths: tuple[Path, ...]
    labels: tuple[int, ...]
    groups: tuple[str, ...] | None


@dataclass(frozen=True)
class Listing:
    """The classes of a folder and the files of its two parts."""

    classes: tuple[str, ...]
    train: Files
    val: Files


def _class_folders(part: Path) -> set[str]:
    return {entry.name for entry in part.iterdir() if entry.is_dir() and not entry.name.startswith(".")}


def _image_files(folder: Path) -> list[Path]:
    return sorted(
        file
        for file in folder.rglob("*")
        if file.suffix.lower() in IMG_EXTENSIONS and not file.name.startswith(".") and file.is_file()
    )


def _shown(names: set[str]) -> str:
    listed = sorted(names)
    return ", ".join(listed[:5]) + (f" and {len(listed) - 5} more" if len(listed) > 5 else "")


def _structure_faults(folder: Path) -> Iterator[str]:
    if folder.is_file():
        yield f"data.path: {folder} is a file; it must be a folder that holds train/CLASS and val/CLASS"
        return
    missing = [f"{part}/" for part in PARTS if not (folder / part).is_dir()]
    if missing:
        yield f"data.path: no {' and no '.join(missing)} in {folder}; it must hold train/CLASS and val/CLASS"
        return
    train, val = (_class_folders(folder / part) for part in PARTS)
    if train - val:
        yield f"data.path: classes in train/ but not in val/: {_shown(train - val)}; both need the same"
    if val - train:
        yield f"data.path: classes in val/ but not in train/: {_shown(val - train)}; both need the same"
    if train == val and len(train) < 2:
        yield f"data.path: {len(train)} class folder(s) in train/; at least 2 are needed"


def _group_of(file: Path, pattern: re.Pattern[str]) -> str | None:
    match = pattern.search(file.name)
    if match is None:
        return None
    group: str | None = match.group(1 if pattern.groups else 0)
    return group


def _groups(paths: tuple[Path, ...], pattern: re.Pattern[str]) -> tuple[str, ...]:
    found = [_group_of(path, pattern) for path in paths]
    without = [path.name for path, group in zip(paths, found, strict=True) if not group]
    if without:
        raise RequestError(
            f"data.groups: '{pattern.pattern}' finds no group in {len(without)} of {len(paths)} file names, "
            f"such as {without[0]}; every image needs one"
        )
    return tuple(group for group in found if group)


def _compile(pattern: str | None) -> re.Pattern[str] | None:
    try:
        return None if pattern is None else re.compile(pattern)
    except re.error as error:
        raise RequestError(f"data.groups: '{pattern}' is no regular expression: {error}") from None


def scan_classes(folder: Path, classes: Sequence[str], key: str) -> Files:
    """The files of `folder/CLASS/*` for each of `classes`; `key` is what named the folder.

    Raises:
        RequestError: a class has no images there.
    """
    files = [_image_files(folder / name) if (folder / name).is_dir() else [] for name in classes]
    empty = {name for name, found in zip(classes, files, strict=True) if not found}
    if empty:
        raise RequestError(f"{key}: no images in {folder} for {_shown(empty)}; it must hold CLASS/* for every class")
    labels = tuple(label for label, found in enumerate(files) for _ in found)
    return Files(tuple(path for found in files for path in found), labels, None)


def scan(spec: Data) -> Listing:
    """The files of an ImageFolder, of which the classes that `spec.classes` keeps must have some.

    A file's group is what `spec.groups` finds in its name: the first parenthesis if there is one, else all.

    Raises:
        RequestError: the folder, the classes or the group pattern is wrong.
    """
    if spec.path is None:
        raise RequestError("data.path: the folder that holds train/ and val/ is needed to read the images")
    structure = list(_structure_faults(spec.path))
    if structure:
        raise RequestError(structure)
    classes = tuple(sorted(_class_folders(spec.path / "train")))
    kept = choose_classes(classes, spec.classes)
    pattern = _compile(spec.groups)
    parts = []
    for part in PARTS:
        files = [_image_files(spec.path / part / name) for name in classes]
        empty = {name for name, found in zip(kept, files, strict=False) if not found}
        if empty:
            raise RequestError(f"data.path: no images in {part}/ for {_shown(empty)}")
        labels = tuple(label for label, found in enumerate(files) for _ in found)
        paths = tuple(path for found in files for path in found)
        parts.append(Files(paths, labels, None if pattern is None else _groups(paths, pattern)))
    train, val = parts
    return Listing(classes, train, val)
