"""Which of a set's official splits to learn from, and which to test on."""

from __future__ import annotations

from dataclasses import dataclass
from inspect import Parameter
from typing import Any

from harness.spec.errors import RequestError

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
