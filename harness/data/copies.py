"""Images with exactly the same pixels: within a part, across the two parts, and under different labels."""

from __future__ import annotations

from typing import Any

from harness.data.images import Images

LISTED = 10


def find_copies(train: Images, test: Images) -> dict[str, Any]:
    """Which images occur more than once, from the hashes of their pixels.

    `test_images_in_train` counts the test images that the training part has too. Where there are any, `shared` names
    them, `repeated` counts the images of each part that an earlier one of it equals, and `conflicts` counts and names
    the images whose pixels have another label elsewhere. Names are given for ten of a kind.
    """
    first: dict[bytes, int] = {}
    for position, digest in enumerate(train.digests):
        first.setdefault(digest, position)
    shared = [position for position, digest in enumerate(test.digests) if digest in first]
    parts = {"train": train, "test": test}
    repeated = {part: len(images) - len(set(images.digests)) for part, images in parts.items()}
    found: dict[str, Any] = {"test_images_in_train": len(shared)}
    if shared:
        found["shared"] = [
            f"{_name(test, position)} = {_name(train, first[test.digests[position]])}" for position in shared[:LISTED]
        ]
    if any(repeated.values()):
        found["repeated"] = repeated
    conflicts = _conflicts(parts) if len(found) > 1 else []
    if conflicts:
        found["conflicts"] = {"count": len(conflicts), "images": conflicts[:LISTED]}
    return found


def _conflicts(parts: dict[str, Images]) -> list[str]:
    labels: dict[bytes, set[int]] = {}
    for images in parts.values():
        for digest, label in zip(images.digests, images.labels.tolist(), strict=True):
            labels.setdefault(digest, set()).add(label)
    return [
        f"{part}: {_name(images, position)}"
        for part, images in parts.items()
        for position, digest in enumerate(images.digests)
        if len(labels[digest]) > 1
    ]


def _name(images: Images, position: int) -> str:
    return str(position) if images.names is None else images.names[position]
