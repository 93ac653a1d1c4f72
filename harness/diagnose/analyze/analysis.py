"""The analysis of one data set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from harness.data.depth import learnt_levels, scale, scale_notes
from harness.data.faults import group_faults
from harness.data.inspect import inspect
from harness.data.open import open_source
from harness.data.window import GreyLevels, Window, parse
from harness.diagnose.analyze.advise import Facts, advise, command
from harness.diagnose.analyze.describe import Description, describe
from harness.diagnose.analyze.duplicates import Duplicates, duplicates
from harness.diagnose.analyze.read import StoredPart, read
from harness.spec.errors import RequestError
from harness.spec.spec import Spec
from harness.training.recipe.defaults import Recommendation

_LONG = {"train": "training", "test": "test"}


@dataclass(frozen=True, eq=False)
class Analysis:
    """What a data set is and what follows: descriptions of both parts, what they repeat, and overrides.

    `shared_groups` counts groups that both parts have, None where none are known. `asked` are the request's overrides.
    `intensity` says which value of 16-bit grey is white and what each part has of it, empty where there is none;
    `told` is what reading the set has to tell. `grey` are the values of deep grey that are learnt from, before any
    window, and `window` what of them is black and white; None where each file's own window says so.
    """

    label: str
    classes: tuple[str, ...]
    parts: tuple[StoredPart, ...]
    descriptions: tuple[Description, ...]
    duplicates: Duplicates
    shared_groups: int | None
    choices: list[Recommendation]
    asked: tuple[str, ...]
    intensity: dict[str, Any]
    told: tuple[str, ...]
    grey: GreyLevels
    window: Window | None

    @property
    def command(self) -> str:
        """The run that follows from it."""
        return command(self.asked, self.choices)


def analyze(spec: Spec, asked: tuple[str, ...] = ()) -> Analysis:
    """Read every stored image of both parts once; advice rests on the training part alone.

    `asked` are the overrides that the request was made with; the keys they set are settled.

    Raises:
        RequestError: the data set is unavailable, or a part holds no image that can be read.
    """
    source = open_source(spec.data.model_copy(update={"shared_groups": "allow"}))  # which is told
    parts = (read("train", source.train), read("test", source.test()))
    for part in parts:
        if part.images.empty:
            raise RequestError(f"data: none of the {len(part.samples)} images of the {part.name} part can be read")
    train, test = (describe(part, len(source.classes)) for part in parts)
    looked = {part.name: inspect(part.samples) for part in parts}
    depth = source.train.depth
    told = [*source.notes, *(note for name, each in looked.items() for note in scale_notes(each, depth, _LONG[name]))]
    told += [f"Warning: {fault.removeprefix('data: ')}" for fault in group_faults(source.train, parts[1].samples)]
    facts = Facts(spec, source.classes, train, tuple(source.train.names))
    shared = None
    if train.groups is not None and test.groups is not None:
        shared = len(set(parts[0].images["group"]) & set(parts[1].images["group"]))
    return Analysis(
        label=source.label,
        classes=source.classes,
        parts=parts,
        descriptions=(train, test),
        duplicates=duplicates(list(parts)),
        shared_groups=shared,
        choices=advise(facts, frozenset(override.partition("=")[0].lstrip("+") for override in asked)),
        asked=asked,
        intensity=scale(looked, depth),
        told=tuple(told),
        grey=learnt_levels(source.train),
        window=_window(spec, depth),
    )


def _window(spec: Spec, depth: int) -> Window | None:
    if spec.data.window is None:
        return Window.between(0, 2**depth - 1)
    asked = parse(spec.data.window)
    return asked if isinstance(asked, Window) else None
