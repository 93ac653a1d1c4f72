"""What lies in image files: which cannot be read, and what a reader has to know of the others."""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import PIL
from PIL import ExifTags

from harness.data.downloads import cache_folder
from harness.data.images import Samples
from harness.data.names import shown
from harness.data.resize import NO_RANGE
from harness.spec.phase import told_while

LISTED = 10
VERSION = 2
"""Raised when what is looked for in a file changes, so that nothing kept by an earlier version is taken for it."""

_DRAFT = (64, 64)  # a JPEG's decoder leaves out the detail beyond twice that, but reads the file to its end


@dataclass(frozen=True)
class Inspection:
    """`unreadable` maps positions to reasons; `modes` counts PIL's modes.

    `turned` images have an EXIF orientation, of `animated` ones only the first frame is used; both are positions.
    `deep` maps those of 16-bit grey to their highest value, `deep_colour` those of 16-bit colour to the highest of the
    upper bytes, which are all that Pillow reads of them.
    """

    unreadable: dict[int, str] = field(default_factory=dict)
    modes: dict[str, int] = field(default_factory=dict)
    turned: list[int] = field(default_factory=list)
    animated: list[int] = field(default_factory=list)
    deep: dict[int, int] = field(default_factory=dict)
    deep_colour: dict[int, int] = field(default_factory=dict)


def inspect(samples: Samples) -> Inspection:
    """Read every image once, at reduced detail where its format allows; what was found is kept by `samples.stamp`.

    Images that are held as arrays have nothing to inspect.
    """
    if not samples.encoded:
        return Inspection()
    file = None if samples.stamp is None else _memory(samples.stamp)
    known = None if file is None else _recall(file)
    if known is None:
        known = _read(samples)
        if file is not None:
            _keep(file, known)
    return known


def facts(samples: Samples, found: Inspection) -> dict[str, Any]:
    """A record's lines on one part: nothing that is zero, and names for no more than ten images of a kind."""
    kinds = {"turned_by_exif": found.turned, "animated": found.animated, "left_out": found.unreadable}
    block: dict[str, Any] = {"modes": found.modes} if found.modes else {}
    return {**block, **{kind: _named(samples, positions) for kind, positions in kinds.items() if positions}}


def told(samples: Samples, found: Inspection) -> str:
    """How many images cannot be read, the first by name and reason."""
    bad = [f"{samples.names[position]} ({reason})" for position, reason in found.unreadable.items()]
    return f"{len(bad)} of {len(samples)} images cannot be read: {shown(bad)}"


def _named(samples: Samples, positions: Iterable[int]) -> dict[str, Any]:
    names = [samples.names[position] for position in positions]
    return {"count": len(names), "images": names[:LISTED]}


@dataclass(frozen=True)
class _Look:
    """What one image is; `why` it cannot be read, if so, and then nothing else."""

    why: str | None = None
    mode: str = ""
    turned: bool = False
    animated: bool = False
    deep: int | None = None
    deep_colour: int | None = None


def _look(samples: Samples, position: int) -> _Look:
    try:
        with samples.open(position) as image:
            mode = image.mode
            if mode in NO_RANGE:
                return _Look(f"pixels of mode {mode} have no fixed range", mode)
            # Before anything else: reading EXIF of a PNG loads it, after which nothing tells how it was stored.
            colour = "RGB" in mode and any(";16" in str(tile[3]) for tile in getattr(image, "tile", ()))
            turned = image.getexif().get(ExifTags.Base.Orientation, 1) not in (0, 1)
            frames = getattr(image, "n_frames", 1)
            image.draft(None, _DRAFT)
            image.load()
            deep = int(np.asarray(image).max()) if mode.startswith("I;16") else None
            upper = int(np.asarray(image)[..., :3].max()) if colour else None
            return _Look(None, mode, turned, frames > 1, deep, upper)
    except Exception as error:  # broken bytes make Pillow's decoders raise whatever comes to hand
        return _Look(str(error) or type(error).__name__)


def _read(samples: Samples) -> Inspection:
    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        looking = pool.map(lambda position: _look(samples, position), range(len(samples)))
        looks = list(told_while(looking, len(samples), "reading images"))
    numbered = list(enumerate(looks))
    return Inspection(
        unreadable={position: look.why for position, look in numbered if look.why is not None},
        modes=dict(sorted(Counter(look.mode for look in looks if look.why is None).items())),
        turned=[position for position, look in numbered if look.turned],
        animated=[position for position, look in numbered if look.animated],
        deep={position: look.deep for position, look in numbered if look.deep is not None},
        deep_colour={position: look.deep_colour for position, look in numbered if look.deep_colour is not None},
    )


def _memory(stamp: str) -> Path:
    known = f"{PIL.__version__}/{VERSION}/{stamp}"  # another Pillow reads otherwise
    return cache_folder() / "inspected" / f"{hashlib.sha256(known.encode()).hexdigest()[:32]}.json"


def _recall(file: Path) -> Inspection | None:
    try:
        fields = json.loads(file.read_text(encoding="utf-8"))
        return Inspection(**{key: _numbered(value) for key, value in fields.items()})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _numbered(value: Any) -> Any:
    """JSON's keys are text; positions are numbers."""
    if isinstance(value, dict) and all(key.isdecimal() for key in value):
        return {int(key): entry for key, entry in value.items()}
    return value


def _keep(file: Path, found: Inspection) -> None:
    temporary = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(json.dumps(asdict(found)), encoding="utf-8")
        temporary.replace(file)
    except OSError:  # it is found anew next time
        return
