"""What a CSV file says of the images beside it: their classes or labels, their patients, their parts."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath

from harness.data.folder import compile_groups, find_groups
from harness.data.layout import ROLES, Accept, image_files, is_image
from harness.data.names import composed, shown
from harness.spec.errors import RequestError
from harness.spec.paths import printable
from harness.spec.spec import Data
from harness.spec.variants import suggest

FILE, SPLIT = "file", "split"
GROUP = ("patient", "group")
VALUES = {"0": 0, "1": 1, "0.0": 0, "1.0": 1}
"""A label as tables have it; what pandas writes beside a missing value ends in .0."""


@dataclass(frozen=True)
class LabelledImage:
    """One image: `labels` is a class index alone, or 0 and 1 for each label; without a part, `part` is None."""

    name: str
    path: Path
    labels: tuple[int, ...]
    group: str | None
    part: str | None


@dataclass(frozen=True)
class TableContent:
    """All rows by the name of their file; `notes` are what a person should know of how they were read."""

    classes: tuple[str, ...]
    multilabel: bool
    rows: tuple[LabelledImage, ...]
    notes: tuple[str, ...]

    @property
    def grouped(self) -> bool:
        """Whether images have groups."""
        return self.rows[0].group is not None

    @property
    def parts(self) -> dict[str, str]:
        """Which rows the parts are, in words, where the table says it."""
        named = {row.part for row in self.rows} - {None}
        return {part: f"split={part}" for part in ROLES if part in named}

    def of(self, part: str) -> list[LabelledImage]:
        """The rows of a part; those without one are learnt from."""
        return [row for row in self.rows if (row.part or "train") == part]


def has_table(folder: Path | None) -> bool:
    """Whether a CSV file lies right in a folder."""
    return folder is not None and folder.is_dir() and any(entry.suffix.lower() == ".csv" for entry in folder.iterdir())


def read_table(spec: Data, accept: Accept = is_image) -> TableContent:
    """The table in the folder `data.path`; `accept` tells images from other files.

    Raises:
        RequestError: there is none, or what it says is wrong: one line a fault.
    """
    if spec.path is None:
        raise RequestError("data.path: the folder that holds a CSV file and its images is needed to read them")
    if not spec.path.is_dir():
        raise RequestError(f"data.path: {spec.path.name} is a file; data={spec.name} needs the folder that holds it")
    file = table_file(spec.path)
    return _content(spec.path, file, file.stat().st_mtime_ns, spec.label_column, spec.groups, accept)


def table_file(folder: Path) -> Path:
    """`labels.csv`, or the only CSV file that lies there.

    Raises:
        RequestError: there is none, or there are several.
    """
    found = sorted(entry for entry in folder.iterdir() if entry.suffix.lower() == ".csv" and entry.is_file())
    named = [entry for entry in found if entry.name.lower() == "labels.csv"]
    if len(named or found) != 1:
        there = f"{shown([entry.name for entry in found])}; call one labels.csv" if found else "none lies there"
        raise RequestError(f"data.path: one CSV file is needed in {folder}; {there}")
    return (named or found)[0]


@lru_cache(maxsize=2)
def _content(
    folder: Path, file: Path, modified: int, chosen: str | None, pattern: str | None, accept: Accept
) -> TableContent:
    header, lines = _lines(file)
    columns = _label_columns(file, header, chosen)
    images = {image.relative_to(folder).as_posix(): image for image in image_files(folder, accept)[0]}
    files = [PurePosixPath(line[FILE].strip().replace("\\", "/")).as_posix() for line in lines]
    _refuse(_file_faults(file, folder, files, images))
    one_class = len(columns) == 1
    told = [composed(line[columns[0]].strip()) for line in lines]
    _refuse(_class_faults(file, told, columns[0]) if one_class else _value_faults(file, lines, files, columns))
    classes = tuple(sorted(set(told))) if one_class else columns
    number = {name: place for place, name in enumerate(classes)}
    groups = _groups(file, header, lines, [images[name] for name in files], pattern)
    parts = _parts(file, header, lines)
    rows = [
        LabelledImage(
            printable(name),
            images[name],
            (number[own],) if one_class else tuple(VALUES[line[key].strip()] for key in columns),
            group,
            part,
        )
        for name, line, own, group, part in zip(files, lines, told, groups, parts, strict=True)
    ]
    rows.sort(key=lambda row: row.name)
    return TableContent(classes, not one_class, tuple(rows), tuple(_notes(file, files, images)))


def _lines(file: Path) -> tuple[list[str], list[dict[str, str]]]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream)
            header = [name.strip() for name in next(reader, [])]
            cells = [row for row in reader if any(cell.strip() for cell in row)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise RequestError(f"data.path: {file.name} cannot be read as CSV in UTF-8 ({error})") from None
    repeated = [name for name, count in Counter(header).items() if count > 1]
    if repeated:
        raise RequestError(f"data.path: {file.name} has several columns called '{repeated[0]}'")
    if FILE not in header:
        raise RequestError(
            f"data.path: {file.name} has no column '{FILE}', which names each image; its columns: {shown(header, 5)}"
        )
    if not cells:
        raise RequestError(f"data.path: {file.name} has no rows")
    odd = [row for row in cells if len(row) != len(header)]
    if odd:
        raise RequestError(
            f"data.path: {file.name} has {len(header)} columns, and {len(odd)} rows of another length, such as "
            f"{','.join(odd[0])}"
        )
    return header, [dict(zip(header, row, strict=True)) for row in cells]


def _label_columns(file: Path, header: list[str], chosen: str | None) -> tuple[str, ...]:
    """The columns that say what an image is: those that were chosen, or all that mean nothing else."""
    free = [name for name in header if name not in (FILE, SPLIT, *GROUP)]
    if chosen is not None:
        wanted = chosen.split("+")
        missing = [name for name in wanted if name not in free]
        if missing:
            raise RequestError(f"data.label_column: {file.name} has no '{missing[0]}'; {suggest(missing[0], free)}")
        return tuple(dict.fromkeys(wanted))
    if not free:
        raise RequestError(f"data.path: {file.name} has no column of labels beside {shown(header, 5)}")
    return tuple(free)


def _file_faults(file: Path, folder: Path, files: Sequence[str], images: dict[str, Path]) -> Iterator[str]:
    missing = [printable(name) for name in files if name not in images]
    if missing:
        yield (
            f"data.path: {len(missing)} of {len(files)} rows of {file.name} name no image below {folder}: "
            f"{shown(missing)}"
        )
    twice = [printable(name) for name, count in Counter(files).items() if count > 1]
    if twice:
        yield f"data.path: {len(twice)} images have several rows in {file.name}: {shown(twice)}"


def _class_faults(file: Path, told: Sequence[str], column: str) -> Iterator[str]:
    empty = sum(not each for each in told)
    if empty:
        yield f"data.path: {empty} of {len(told)} rows of {file.name} have no '{column}'"


def _value_faults(
    file: Path, lines: Sequence[dict[str, str]], files: Sequence[str], columns: tuple[str, ...]
) -> Iterator[str]:
    for key in columns:
        odd = [place for place, line in enumerate(lines) if line[key].strip() not in VALUES]
        if odd:
            first = odd[0]
            yield (
                f"data.path: column '{key}' of {file.name} has {len(odd)} values other than 0 and 1, the first "
                f"'{lines[first][key].strip()}' at {printable(files[first])}; name the labels by "
                "data.label_column=A+B, or decide what such a value means"
            )


def _groups(
    file: Path, header: list[str], lines: Sequence[dict[str, str]], paths: Sequence[Path], pattern: str | None
) -> list[str | None]:
    named = [name for name in GROUP if name in header]
    if len(named) > 1 or (named and pattern is not None):
        other = f"and {named[1]}" if len(named) > 1 else "and data.groups"
        raise RequestError(f"data.groups: {file.name} has a column {named[0]} {other}, which mean the same; keep one")
    if not named:
        return list(find_groups(paths, compile_groups(pattern)) or [None] * len(lines))
    found = [line[named[0]].strip() for line in lines]
    empty = sum(not each for each in found)
    if empty:
        raise RequestError(
            f"data.path: {empty} of {len(found)} rows of {file.name} have no {named[0]}; every image needs one"
        )
    return [printable(each) for each in found]


def _parts(file: Path, header: list[str], lines: Sequence[dict[str, str]]) -> list[str | None]:
    if SPLIT not in header:
        return [None] * len(lines)
    known = {name: role for role, names in ROLES.items() for name in names}
    found = [line[SPLIT].strip().casefold() for line in lines]
    odd = [each for each in found if each not in known]
    if odd:
        raise RequestError(
            f"data.path: column '{SPLIT}' of {file.name} has {len(odd)} values other than train, val and test, such as "
            f"'{odd[0]}'"
        )
    if "train" not in map(known.get, found):
        raise RequestError(f"data.path: no row of {file.name} has {SPLIT}=train")
    return [known[each] for each in found]


def _notes(
    file: Path,
    files: Sequence[str],
    images: dict[str, Path],
) -> Iterator[str]:
    unnamed = sorted(set(images) - set(files))
    if unnamed:
        yield (
            f"{len(unnamed):,} of {len(images):,} images have no row in {file.name} and are left out: "
            f"{shown([printable(name) for name in unnamed])}"
        )


def _refuse(faults: Iterator[str]) -> None:
    found = list(faults)
    if found:
        raise RequestError(found)
