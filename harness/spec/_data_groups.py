"""The groups of the spec that say which images a run learns from and is tested on."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import Field, field_validator, model_validator

from harness.spec.errors import RequestError
from harness.spec.fingerprint import fingerprint_path
from harness.spec.part import Variant
from harness.spec.paths import at_home, printable
from harness.spec.secret import is_secret
from harness.spec.variants import suggest, variants

MULTILABEL: Literal["labels"] = "labels"
"""What `data.targets` is where an image has several labels, each there or not."""


class Data(Variant):
    """The data set. Of a folder with `train/` and `val/`, `val/` is the test set and validation is cut from `train/`.

    A collection (torchvision, medmnist, huggingface) holds many sets; `set` names one. The module of a collection has
    a function `identify(spec) -> str`: the fingerprint of what the set holds, which stands for it in the run's id. A
    module may have `settle(spec) -> dict`: fields of the spec that follow from the files, such as `depth`, or
    `targets`: None for one class an image, `labels` for several labels.
    """

    package: ClassVar[str] = "harness.data.datasets"
    outside_identity: ClassVar[frozenset[str]] = frozenset({"path", "root", "download"})

    name: str = "digits"
    set: str | None = Field(default=None, description="which set of a collection: CIFAR10, pneumoniamnist_224, ...")
    path: Path | None = Field(default=None, description="folder or file that holds the set")
    root: Path | None = Field(default=None, description="where collections are kept; null: HARNESS_DATA, or a cache")
    download: bool = Field(default=False, description="fetch a set that is not found")
    kwargs: dict[str, Any] = Field(default_factory=dict, description="what else the set's own loader takes")
    train_split: str | None = Field(default=None, description="the official split to learn from; joined by +")
    test_split: str | None = Field(default=None, description="the official split to test on")
    image_column: str | None = Field(default=None, description="of a table; null: found by its type")
    label_column: str | None = Field(
        default=None, description="of a table; null: found by its type, or all; several labels are joined by +"
    )
    stream: bool = Field(default=False, description="read the first images of a large table without fetching it all")
    groups: str | None = Field(default=None, description="pattern that finds the group in a file's name")
    shared_groups: Literal["error", "allow"] = Field(
        default="error", description="groups with images in several parts, of which the set itself says which they are"
    )
    size: int = Field(default=32, ge=8, le=2048, description="side in pixels")
    classes: int | None = Field(default=None, ge=2, description="keep the first so many classes")
    against_rest: str | None = Field(default=None, description="two classes: the rest, and the class of this name")
    samples: int | None = Field(default=None, ge=4, description="keep so many of the images of the training part")
    unreadable: Literal["error", "skip"] = Field(default="error", description="images that cannot be read")
    depth: int | None = Field(
        default=None,
        ge=8,
        le=16,
        description="bits that 16-bit grey uses; null: 16, or fewer if the training part does",
    )
    window: str | None = Field(
        default=None,
        description="of deep grey: range, CENTER,WIDTH or LOW%,HIGH%, of data=dicom also stored; null: depth, and of "
        "data=dicom stored, or range where none is",
    )
    frame: int | None = Field(default=None, ge=0, description="of data=dicom: the one frame that is read; null: all")
    orientation: Literal["stored", "exif"] = Field(default="stored", description="exif: turned as its camera says")
    val_fraction: float = Field(
        default=0.2, gt=0, lt=1, description="how much of the training part is kept for validation"
    )
    split: int | None = Field(
        default=None, ge=0, lt=2**31, description="the seed whose cut of validation is taken; null: the run's own seed"
    )
    domain: Literal["source", "target"] = Field(
        default="target", description="of data=made: the classes that the bundled weights learnt, or new ones"
    )
    label: str | None = None
    fingerprint: str | None = None
    reading: str | None = Field(default=None, description="how the files are read, where that is not the plain way")
    targets: Literal["labels"] | None = Field(
        default=None, description="labels: several an image, as the files have them; null: one class"
    )

    def __hash__(self) -> int:
        return hash(repr(self))  # keyword arguments are a dict, which has no hash; a path may be no text

    @model_validator(mode="before")
    @classmethod
    def _read_path(cls, values: dict[str, Any]) -> dict[str, Any]:
        path = values.get("path")
        if path is None:
            return {**values, "label": values.get("label") or values.get("set") or values.get("name", "digits")}
        place = at_home(Path(path), "data.path")
        if values.get("fingerprint"):
            return {**values, "path": place}
        if place.is_dir():
            return {**values, "path": place, "label": printable(place.name)}
        if place.is_file():
            return {**values, "path": place, "label": printable(place.stem)}
        raise ValueError(f"data.path: no {'file' if place.suffix else 'folder'} at {place}")

    @field_validator("against_rest", mode="before")
    @classmethod
    def _is_a_name(cls, name: Any) -> Any:
        """Classes such as digits, which YAML reads as numbers."""
        return str(name) if isinstance(name, int) and not isinstance(name, bool) else name

    @field_validator("kwargs")
    @classmethod
    def _hold_no_secret(cls, kwargs: dict[str, Any]) -> dict[str, Any]:
        """Before the set is looked for with them."""
        for key in filter(is_secret, kwargs):
            raise ValueError(f"data.kwargs.{key}: would be kept in every record; use hf auth login, or HF_TOKEN")
        return kwargs

    @model_validator(mode="after")
    def _identify_set(self) -> Data:
        if self.fingerprint is not None or (self.path is None and self.set is None):
            return self
        module = importlib.import_module(f"{self.package}.{self.name}")
        settled: dict[str, Any] = {}
        try:
            if self.path is not None:
                settled["fingerprint"] = fingerprint_path(self.path, "data.path")
            elif hasattr(module, "identify"):
                settled["fingerprint"] = module.identify(self)
        except RequestError as error:  # beside the request's other faults
            raise ValueError(str(error)) from None
        for name, value in settled.items():
            object.__setattr__(self, name, value)
        if settled and hasattr(module, "settle"):
            known = _SETTLED.setdefault(repr(self), {})
            if not known:
                known.update(module.settle(self))
            for name, value in known.items():
                object.__setattr__(self, name, value)
        return self


_SETTLED: dict[str, dict[str, Any]] = {}
"""What files settle, by all that is asked of them and their fingerprint: a sweep's thousands of requests look once."""


class Transforms(Variant):
    """The augmentation of training batches: where pixels are taken from, and then what becomes of them."""

    package: ClassVar[str] = "harness.data.transforms"
    name: str = "none"
    short_side: int | None = Field(
        default=None, ge=8, description="crops are cut after reducing to it; null: as stored"
    )
    color_jitter: float | None = Field(default=None, gt=0, le=1, description="strength of each factor; null for none")
    rand_augment: float | None = Field(default=None, gt=0, le=10, description="magnitude of 10; null for none")
    random_erasing: float | None = Field(default=None, gt=0, le=1, description="probability; null for none")


class Shift(Variant):
    """On which other images the trained model is tested as well: corrupted ones, or a folder of the same classes."""

    package: ClassVar[str] = "harness.data.shift"
    kinds_package: ClassVar[str] = "harness.data.corruption_kinds"
    outside_identity: ClassVar[frozenset[str]] = frozenset({"path"})

    name: str = "none"
    kinds: tuple[str, ...] | None = Field(default=None, min_length=1, description="of corruption; null for all")
    severity: int = Field(default=3, ge=1, le=5, description="of the corruptions")
    path: Path | None = Field(default=None, description="the other test set, under shift=folder")
    label: str | None = None
    fingerprint: str | None = None
    reading: str | None = Field(default=None, description="how the files are read, where that is not the plain way")

    @field_validator("kinds")
    @classmethod
    def _are_kinds(cls, kinds: tuple[str, ...] | None) -> tuple[str, ...] | None:
        known = variants(cls.kinds_package)
        for kind in kinds or ():
            if kind not in known:
                raise ValueError(f"there is no '{kind}'; {suggest(kind, known)}")
        return None if kinds is None or set(kinds) == set(known) else tuple(sorted(set(kinds)))

    @model_validator(mode="before")
    @classmethod
    def _read_path(cls, values: dict[str, Any]) -> dict[str, Any]:
        path = values.get("path")
        if path is None or values.get("fingerprint"):
            return values
        folder = at_home(Path(path), "shift.path")
        if not folder.is_dir():
            raise ValueError(f"shift.path: no folder at {folder}")
        mark = fingerprint_path(folder, "shift.path")
        read = importlib.import_module(f"{cls.package}.folder").reading(folder)
        return {**values, "path": folder, "label": printable(folder.name), "fingerprint": mark, "reading": read}
