"""The backbone's tensors, and where they came from."""

from __future__ import annotations

import torch

from harness.explain.difference import Difference
from harness.explain.subject import Subject
from harness.explain.tensors import backbone


def loaded_weights(first: Subject, second: Subject) -> Difference | None:
    """The first model with the second one's backbone tensors, wherever both have one of the same name and shape."""
    ours, theirs = backbone(first), backbone(second)
    shared = [name for name in ours if name in theirs and ours[name].shape == theirs[name].shape]
    differing = [name for name in shared if not torch.equal(ours[name], theirs[name])]
    origins = [_origin(subject) for subject in (first, second)]
    if not differing and origins[0] == origins[1]:
        return None
    hybrid = first.twin()
    tensors = backbone(hybrid)
    with torch.no_grad():
        for name in differing:
            tensors[name].copy_(theirs[name])
    count = f"{len(differing)} of {len(shared)} tensors differ"
    return Difference("loaded weights", origins[0], f"{origins[1]}; {count}", hybrid)


def _origin(subject: Subject) -> str:
    pretrained, verification = subject.built.pretrained, subject.built.verification
    name = " ".join(word for word in (pretrained.label or pretrained.source, pretrained.tag) if word)
    if verification is not None and verification.not_loaded:
        name += f" ({len(verification.not_loaded)} of {verification.expected} tensors not loaded)"
    return name
