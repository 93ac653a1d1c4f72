"""Which folders of an image folder are which part, and which of their files are images."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from PIL import Image, ImageFile, features

from harness.data.names import shown
from harness.spec.errors import RequestError
from harness.spec.paths import Walk, is_hidden, printable, walk
from harness.spec.variants import suggest

COMMON = (".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp")
"""Endings that have always been read, and so do not enter a run's identity; those of torchvision's ImageFolder."""

_OPTIONAL = {"AVIF": "avif", "WEBP": "webp", "JPEG2000": "jpg_2000"}
_NEVER = {"EPS", "MPEG"}
"""Pillow hands EPS to another program, and knows MPEG by its header alone."""

_JUNK = {"thumbs.db", "desktop.ini", "icon\r"}


@cache
def endings() -> frozenset[str]:
    """Endings of the formats that the installed Pillow decodes by itself, in lower case."""
    Image.init()
    return frozenset(ending for ending, form in Image.registered_extensions().items() if _decodes(form))


def _decodes(form: str) -> bool:
    opener = Image.OPEN.get(form, (None,))[0]
    if opener is None or form in _NEVER or (form in _OPTIONAL and not features.check(_OPTIONAL[form])):
        return False
    return not (isinstance(opener, type) and issubclass(opener, ImageFile.StubImageFile))


def is_image(file: Path) -> bool:
    """Whether a file is read as an image: by its ending, and not hidden."""
    return file.suffix.lower() in endings() and not is_hidden(file.name)


Accept = Callable[[Path], bool]
"""Whether a file is read as an image."""


def image_files(folder: Path, accept: Accept = is_image) -> tuple[list[Path], Walk]:
    """The images below a folder in the order of their paths, and all that was found there."""
    found = walk(folder)
    return [file for file in found.files if accept(file)], found


def left_out(found: Iterable[Walk], accept: Accept = is_image) -> Counter[str]:
    """How many files there are of each ending that is not read, the most frequent first."""
    files = [file for each in found for file in each.files if file.name.lower() not in _JUNK and not accept(file)]
    counts = Counter(printable(file.suffix.lower()) or "no ending" for file in files)
    return Counter(dict(sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))))


def uncommon(files: Iterable[Path]) -> list[str]:
    """Endings that only some of those who read image folders read."""
    return sorted({file.suffix.lower() for file in files} - set(COMMON))


ROLES = {
    "train": ("train", "training"),
    "val": ("val", "valid", "validation"),
    "test": ("test", "testing"),
}
"""Names of the folders of each part, in any case."""

_EXPECTED = "it must hold train/CLASS and val/CLASS (or test/CLASS), or CLASS folders alone"


@dataclass(frozen=True)
class Layout:
    """Folders to learn from, to validate on and to test on; without a test folder, the test part is cut from `train`.

    Without `validation`, that is cut from `train`, as for any other data set.
    """

    train: tuple[Path, ...]
    validation: Path | None
    test: Path | None
    aside: tuple[Path, ...] = ()


def folders(folder: Path) -> dict[str, Path]:
    """Folders right below another, linked ones included, by name."""
    return {entry.name: entry for entry in sorted(folder.iterdir()) if entry.is_dir() and not is_hidden(entry.name)}


def find_layout(folder: Path, train_split: str | None, test_split: str | None, accept: Accept = is_image) -> Layout:
    """`train/` is learnt from; tested on is `test/` where it has classes, else `val/`, else a fixed cut of `train/`.

    Where both `val/` and `test/` have classes, `val/` is validated on. `train_split` (several joined by +) and
    `test_split` choose otherwise, and leave aside what they do not name. `accept` tells images from other files.

    Raises:
        RequestError: the folder has no such parts.
    """
    if folder.is_file():
        raise RequestError(f"data.path: {folder} is a file; it must be a folder that holds train/CLASS and val/CLASS")
    found = folders(folder)
    parts = _parts(folder, found)
    if "train" not in parts:
        if not parts and _holds_classes(found, accept):
            _refuse_splits(folder, train_split, test_split)
            return Layout((folder,), None, None)
        raise RequestError(_why(folder, found, parts, accept))
    labelled = {role: path for role, path in parts.items() if role == "train" or folders(path)}
    names = [_role(name, parts, "train_split") for name in (train_split or "train").split("+")]
    tested = _role(test_split, parts, "test_split") if test_split else _first(("test", "val"), labelled, names)
    if tested in names:
        raise RequestError(f"data.test_split: {tested} is learnt from already")
    validation = None
    if train_split is None and tested == "test" and "val" in labelled:
        validation = labelled["val"]
    used = {*names, tested, "val" if validation else None}
    aside = tuple(path for role, path in parts.items() if role not in used)
    return Layout(tuple(parts[name] for name in names), validation, parts[tested] if tested else None, aside)


def _parts(folder: Path, found: dict[str, Path]) -> dict[str, Path]:
    parts = {}
    for role, names in ROLES.items():
        named = [path for name, path in found.items() if name.casefold() in names]
        if len(named) > 1:
            both = " and ".join(f"{path.name}/" for path in named)
            raise RequestError(f"data.path: {folder} holds {both}, which mean the same; keep one")
        if named:
            parts[role] = named[0]
    return parts


def _first(wanted: tuple[str, ...], parts: dict[str, Path], taken: list[str]) -> str | None:
    return next((role for role in wanted if role in parts and role not in taken), None)


def _role(name: str, parts: dict[str, Path], key: str) -> str:
    for role, path in parts.items():
        if name in (role, path.name):
            return role
    raise RequestError(
        f"data.{key}: there is no folder '{name}'; {suggest(name, [path.name for path in parts.values()])}"
    )


def _refuse_splits(folder: Path, train_split: str | None, test_split: str | None) -> None:
    for key, given in (("train_split", train_split), ("test_split", test_split)):
        if given:
            raise RequestError(f"data.{key}: there is no folder '{given}' in {folder}; its folders are classes")


def _holds_classes(found: dict[str, Path], accept: Accept) -> bool:
    """Whether there are at least two folders, and images right in each of them."""
    return len(found) > 1 and all(any(accept(entry) for entry in path.iterdir()) for path in found.values())


def _why(folder: Path, found: dict[str, Path], parts: dict[str, Path], accept: Accept) -> str:
    missing = ["train/"] if "val" in parts or "test" in parts else ["train/", "val/"]
    said = f"data.path: no {' and no '.join(missing)} in {folder}; {_EXPECTED}"
    inner = [path for path in found.values() if any(name.casefold() in ROLES["train"] for name in folders(path))]
    if inner:
        return f"{said}; {inner[0]} holds train/: give data.path={inner[0]}"
    there = [f"{printable(name)}/" for name in found]
    loose = sum(entry.is_file() and accept(entry) for entry in folder.iterdir())
    there += [f"{loose} images in no folder"] if loose else []
    return f"{said}; found: {shown(there, 5)}" if there else f"{said}; it is empty"


def nesting_faults(part: Path, classes: dict[str, Path]) -> Iterator[str]:
    """A part whose only folder holds the folders that should be its classes."""
    if len(classes) == 1:
        [(name, path)] = classes.items()
        inner = [f"{printable(each)}/" for each in folders(path)]
        if len(inner) > 1:
            holds = f"{part.name}/{printable(name)}/ holds {shown(inner, 5)}"
            yield f"{_lone(part, classes)}: {holds}, which belong right below {part.name}/"


def lone_fault(part: Path, classes: dict[str, Path], accept: Accept = is_image) -> str:
    """A part with fewer than two classes, and images that lie where nothing says their class."""
    loose = sum(entry.is_file() and accept(entry) for entry in part.iterdir())
    there = f": {loose} images lie right in {part.name}/, where nothing says their class" if loose else ""
    return f"{_lone(part, classes)}{there}"


def _lone(part: Path, classes: dict[str, Path]) -> str:
    return f"data.path: {len(classes)} class folder(s) in {part.name}/; at least 2 are needed"
