"""torchvision's class of a data set: its arguments, its official splits, and where a person gets its files."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from inspect import Parameter
from pathlib import Path
from typing import Any

from torchvision import datasets
from torchvision.datasets import VisionDataset

from harness.spec.errors import RequestError
from harness.spec.variants import suggest


def find_class(name: str) -> type[Any]:
    """The class of that name, of those that read files below a root folder.

    Raises:
        RequestError: there is none; close names are told, whatever their case.
    """
    known = {each: getattr(datasets, each) for each in datasets.__all__}
    known = {each: kind for each, kind in known.items() if _reads_files(kind)}
    if name in known:
        return known[name]  # type: ignore[no-any-return]
    same = [each for each in known if each.casefold() == name.casefold()]
    hint = f"did you mean {same[0]}?" if same else suggest(name, known)
    raise RequestError(f"data.set: torchvision has no data set '{name}'; {hint}")


def parameters(kind: type[Any]) -> dict[str, inspect.Parameter]:
    """What the constructor takes; **kwargs are followed to the class that they are handed on to."""
    found: dict[str, inspect.Parameter] = {}
    for each in kind.__mro__[:-1]:
        own = inspect.signature(each).parameters
        found = {**{name: own[name] for name in own}, **found}
        if not any(parameter.kind is parameter.VAR_KEYWORD for parameter in own.values()):
            break
    return {name: each for name, each in found.items() if each.kind is not each.VAR_KEYWORD}


def kwargs_faults(name: str, taken: dict[str, inspect.Parameter], kwargs: dict[str, Any]) -> list[str]:
    """Arguments that the class does not take, or that are not the user's to give, and those that it needs."""
    free = [each for each in taken if each not in _OWN]
    faults = [
        f"data.kwargs.{key}: {name} takes no such argument; {suggest(key, free)}" for key in kwargs if key not in free
    ]
    needed = [
        each
        for each, parameter in taken.items()
        if parameter.default is parameter.empty and each not in kwargs and each not in _OWN
    ]
    return faults + [f"data.kwargs.{each}: {name} needs it" for each in needed]


_OWN = ("root", "train", "download", "loader", "transform", "target_transform", "transforms")


def _reads_files(kind: Any) -> bool:
    return (
        inspect.isclass(kind)
        and issubclass(kind, VisionDataset)
        and kind not in (VisionDataset, datasets.ImageFolder, datasets.DatasetFolder)
        and "root" in inspect.signature(kind.__init__).parameters
    )


STATED: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "INaturalist": ("version", "2021_train", ("2021_valid",)),
    "LFWPeople": ("split", "train", ("test",)),
    "Places365": ("split", "train-standard", ("val",)),
}
"""Sets whose splits the rule does not find: argument, training split, test splits."""

TEST = ("test", "val")
"""The first of these that the set has with labels is its test part: val is, where test is kept by its makers."""


@dataclass(frozen=True)
class Splits:
    """The argument that chooses a split, its value for the training part, and those to try in turn for the test part.

    Without an argument the set has no official split.
    """

    argument: str | None
    train: tuple[Any, ...] = ()
    test: tuple[Any, ...] = ()
    given: bool = False


def find_splits(name: str, taken: dict[str, Parameter], train: str | None, test: str | None) -> Splits:
    """By rule from the constructor's arguments: `train=True` and `False`, or the default `split` and `TEST`.

    Args:
        name: of the set's class.
        taken: the constructor's arguments.
        train: the training split that the user names.
        test: the test split that the user names.

    Raises:
        RequestError: the user names a split of a set that has no named ones.
    """
    if name in STATED:
        argument, first, others = STATED[name]
    elif "train" in taken:
        if train or test:
            raise RequestError(f"data.{'train' if train else 'test'}_split: {name} has one training and one test part")
        return Splits("train", (True,), (False,))
    elif "split" in taken:
        argument, first, others = "split", str(taken["split"].default), TEST
    elif train or test:
        raise RequestError(f"data.{'train' if train else 'test'}_split: {name} has no official splits")
    else:
        return Splits(None)
    return Splits(argument, tuple((train or first).split("+")), (test,) if test else others, test is not None)


BY_HAND = {
    "ImageNet": (
        "ILSVRC2012_img_train.tar, ILSVRC2012_img_val.tar and ILSVRC2012_devkit_t12.tar.gz",
        "https://image-net.org/challenges/LSVRC/2012/2012-downloads.php",
    ),
    "PCAM": ("camelyonpatch_level_2_split_*.h5, unpacked,", "https://zenodo.org/records/2546921"),
}
"""Sets whose files torchvision has no address of that a person can open."""

FOLDERS = {"PCAM": "pcam", "Flowers102": "flowers-102", "DTD": "dtd", "GTSRB": "gtsrb", "FER2013": "fer2013"}
"""Below the root, where torchvision looks elsewhere than in the root itself."""

MOST = 4


def by_hand(kind: type[Any], arguments: dict[str, Any], root: Path) -> str:
    """'put FILE from URL into FOLDER', from the addresses that the class holds."""
    name = kind.__name__
    folder = root / name / "raw" if hasattr(kind, "mirrors") else root / FOLDERS.get(name, "")
    if name in BY_HAND:
        files, address = BY_HAND[name]
        return f"put {files} from {address} into {folder}"
    links = next(_links(kind, list(arguments.values())), [])[:MOST]
    if not links or not all("." in _file(link) for link in links):
        pages = links or re.findall(r"<(https?://[^>]+)>", kind.__doc__ or "")[:1]
        return f"put its files{''.join(f' from {page}' for page in pages)} into {folder}"
    parents = dict.fromkeys(link.rpartition("/")[0] for link in links)
    places = list(parents) if len(parents) == 1 else links
    return f"put {', '.join(_file(link) for link in links)} from {' and '.join(places)} into {folder}"


def _file(link: str) -> str:
    return link.rpartition("/")[2]


def _links(kind: type[Any], chosen: list[Any]) -> Iterator[list[str]]:
    """The addresses that a class holds, then those of its bases; none where it holds none."""
    for each in kind.__mro__[:-1]:
        fields = dict(vars(each))
        mirrors = fields.pop("mirrors", None)
        links = [link for value in fields.values() for link in _addresses(value, [str(name) for name in chosen])]
        if mirrors and not links:
            links = [f"{mirrors[0]}{file}" for file, _ in fields.get("resources", ())]
        if links:
            yield list(dict.fromkeys(links))


def _addresses(value: Any, chosen: list[str]) -> Iterator[str]:
    """Web addresses within nested containers; of a dict's entries those that the arguments choose, if they do."""
    if isinstance(value, str) and value.startswith("http"):
        yield value
    elif isinstance(value, dict):
        named = [entry for key, entry in value.items() if str(key) in chosen]
        for entry in named or value.values():
            yield from _addresses(entry, chosen)
    elif isinstance(value, list | tuple):
        for entry in value:
            yield from _addresses(entry, chosen)
