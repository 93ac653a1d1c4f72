"""The backbone's tensors, and where they came from."""

from __future__ import annotations

from dataclasses import replace

import torch

from harness.model.build import Built
from harness.model.verify import verify
from harness.training.hybrids.factors import Factor, told
from harness.training.hybrids.pairs import backbone, state


def loaded_weights(first: Built, second: Built) -> Factor | None:
    """Every backbone tensor that both have under one name and in one shape."""
    ours, theirs = backbone(first), backbone(second)
    shared = [name for name in ours if name in theirs and ours[name].shape == theirs[name].shape]
    differing = [name for name in shared if not torch.equal(ours[name], theirs[name])]
    origins = [_origin(built) for built in (first, second)]
    if not differing and origins[0] == origins[1]:
        return None
    count = f"{len(differing)} of {len(shared)} tensors differ"
    return Factor(told("loaded weights", origins[0], f"{origins[1]}; {count}"), _take, inert=not differing)


def _origin(built: Built) -> str:
    pretrained, verification = built.pretrained, built.verification
    name = " ".join(word for word in (pretrained.label or pretrained.source, pretrained.tag) if word)
    if verification is not None and verification.not_loaded:
        name += f" ({len(verification.not_loaded)} of {verification.expected} tensors not loaded)"
    return name


def _take(hybrid: Built, source: Built) -> Built:
    """The tensors, and with them what is known of their origin, looked at anew."""
    ours, theirs = state(hybrid), state(source)
    with torch.no_grad():
        for name, tensor in ours.items():
            if name in theirs and tensor.shape == theirs[name].shape:
                tensor.copy_(theirs[name])
    read = source.pretrained.state_dict
    verification = None if read is None else verify(hybrid.model, hybrid.heads, read(), hybrid.neck)
    return replace(hybrid, pretrained=source.pretrained, verification=verification)
