"""torchvision's class of a data set, and the arguments it takes."""

from __future__ import annotations

import inspect
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
