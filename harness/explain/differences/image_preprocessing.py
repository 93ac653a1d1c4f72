"""How images are prepared."""

from __future__ import annotations

from dataclasses import asdict, replace

import torch

from harness.explain.difference import Difference
from harness.explain.subject import Subject


def image_preprocessing(first: Subject, second: Subject) -> Difference | None:
    """The first model on images prepared as for the second."""
    ours, theirs = asdict(first.built.preprocessing), asdict(second.built.preprocessing)
    changed = [name for name in ours if ours[name] != theirs[name]]
    if not changed and torch.equal(first.pixels, second.pixels):
        return None
    twin = first.twin()
    hybrid = replace(twin, built=replace(twin.built, preprocessing=second.built.preprocessing), pixels=second.pixels)
    texts = [", ".join(f"{name} {found[name]}" for name in changed) for found in (ours, theirs)]
    return Difference("preprocessing", texts[0], texts[1], hybrid)
