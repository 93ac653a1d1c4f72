"""Which column holds the images, and which the labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.spec.errors import RequestError
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
