"""Where a person gets a set's files, and where they go."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

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
    links = list(dict.fromkeys(_links(kind, arguments)))[:MOST]
    if not links:
        return f"put its files, as torchvision.datasets.{name} describes them, into {folder}"
    files = ", ".join(link.rstrip("/").rpartition("/")[2] for link in links)
    return f"put {files} from {' and '.join(links)} into {folder}"


def _links(kind: type[Any], arguments: dict[str, Any]) -> Iterator[str]:
    mirrors = getattr(kind, "mirrors", None)
    if mirrors:
        resources = kind.resources  # type: ignore[attr-defined]
        yield from (f"{mirrors[0]}{file}" for file, _ in resources)
        return
    for each in kind.__mro__[:-1]:
        for value in vars(each).values():
            yield from _addresses(value, [str(given) for given in arguments.values()])
    yield from re.findall(r"<(https?://[^>]+)>", kind.__doc__ or "")[:1]


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
