"""Opens a set with the `datasets` library, finds the columns of images and labels, and takes the rows."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image

from harness.data.downloads import root_folder
from harness.spec.errors import RequestError
from harness.spec.spec import Data
from harness.spec.variants import suggest

_NAMING = ("int", "uint", "string", "large_string")


@dataclass(frozen=True)
class Columns:
    """Names of the two columns; `classes` where the label's type names them."""

    image: str
    label: str
    classes: tuple[str, ...] | None


def find_columns(features: Mapping[str, Any], image: str | None, label: str | None) -> Columns:
    """The one column of type Image and the one of type ClassLabel, or else the one of whole numbers or text.

    Raises:
        RequestError: there are none or several of a kind, a name is wrong, or a label is a list.
    """
    from datasets import ClassLabel, Image, Value

    for key, name in (("image_column", image), ("label_column", label)):
        if name is not None and name not in features:
            raise RequestError(f"data.{key}: there is no column '{name}'; {suggest(name, features)}")
    pictures = [name for name, kind in features.items() if isinstance(kind, Image)]
    classes = [name for name, kind in features.items() if isinstance(kind, ClassLabel)]
    plain = [name for name, kind in features.items() if isinstance(kind, Value) and kind.dtype.startswith(_NAMING)]
    image = image or _only("image_column", pictures, features)
    label = label or _only("label_column", classes or plain, features)
    if not isinstance(features[image], Image):
        raise RequestError(f"data.image_column: {image} holds no images; {suggest(image, pictures)}")
    kind = features[label]
    if not isinstance(kind, ClassLabel | Value):
        raise RequestError(f"data.label_column: {label} holds several labels an image; one is needed")
    return Columns(image, label, tuple(kind.names) if isinstance(kind, ClassLabel) else None)


def _only(key: str, names: list[str], features: Mapping[str, Any]) -> str:
    if len(names) == 1:
        return names[0]
    several = f"{', '.join(names)} could be it" if names else f"none by its type, of {', '.join(features)}"
    raise RequestError(f"data.{key}: say which column: {several}")


_SEED, _BUFFER = 0, 10_000


@dataclass(frozen=True, eq=False)
class Rows:
    """The labels of a split as they are stored, the encoded image of a row as bytes or as a path.

    `labels` are the numbers of the classes, once they are known.
    """

    given: list[Any]
    image: Callable[[int], dict[str, Any]]
    labels: list[int] = field(default_factory=list)

    def open(self, position: int) -> Image.Image:
        """The image as it is stored."""
        stored = self.image(position)
        if stored is None:
            raise OSError("the row has no image")
        return Image.open(stored["path"] if stored["bytes"] is None else io.BytesIO(stored["bytes"]))

    def content(self, position: int) -> bytes:
        """The encoded image."""
        stored = self.image(position)
        return b"" if stored is None else stored["bytes"] or Path(stored["path"]).read_bytes()


def open_table(spec: Data) -> Any:
    """The set's splits by name, not read yet.

    Raises:
        RequestError: the library is missing, or the set is unavailable.
    """
    try:
        import datasets
    except ImportError:
        raise RequestError(
            "data: data=huggingface needs the package datasets; install it, or export the set to a folder for "
            "data=imagefolder"
        ) from None
    (datasets.enable_progress_bars if spec.download else datasets.disable_progress_bars)()
    place = str(spec.path) if spec.path is not None else str(spec.set)
    try:
        return datasets.load_dataset(
            place,
            cache_dir=str(root_folder(spec) / "huggingface"),
            streaming=spec.stream,
            download_config=datasets.DownloadConfig(local_files_only=not (spec.download or spec.stream)),
            **spec.kwargs,
        )
    except Exception as error:  # the library's, the hub's, the network's and each file format's own errors
        said = " ".join(str(error).split())[:200] or type(error).__name__
        if spec.path is not None:
            raise RequestError(f"data.path: {place} holds no set that the datasets library reads ({said})") from None
        ask = "" if spec.download or spec.stream else "data.download=true fetches it, or "
        raise RequestError(
            f"data.set: '{place}' is unavailable ({said}); {ask}put the files of "
            f"https://huggingface.co/datasets/{place} into a folder by hand and give data.path=FOLDER"
        ) from None


def take_rows(split: Any, columns: Columns, limit: int | None) -> Rows:
    """All rows of a table, or the first `limit` of a stream once shuffled with a fixed seed."""
    from datasets import Image as ImageFeature

    encoded = split.cast_column(columns.image, ImageFeature(decode=False))
    if limit is None:
        pictures = encoded.select_columns([columns.image])
        return Rows(list(encoded[columns.label]), lambda position: pictures[position][columns.image])
    rows = list(encoded.shuffle(seed=_SEED, buffer_size=_BUFFER).take(limit))
    return Rows([row[columns.label] for row in rows], lambda position: rows[position][columns.image])
