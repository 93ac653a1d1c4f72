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
