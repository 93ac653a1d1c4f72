"""Names that do not fit: keys, exchanged tensors, a head under another attribute."""

from __future__ import annotations

import random
from collections import defaultdict

import torch
from torch import nn

from harness.dev.trial.rules import Inapplicable, shows
from harness.dev.trial.subject import CLASSES, TrialSubject, reload

PREFIXES = ("module.", "backbone.", "model.", "encoder.")
ATTRIBUTES = ("classifier", "fc", "head", "linear", "output")


@shows("weights-wrong-keys")
def prefix(subject: TrialSubject, generator: random.Random) -> None:
    """All keys of the weights have a wrapper's prefix; loaded with strict=False."""
    chosen = generator.choice(PREFIXES)
    state = {f"{chosen}{key}": each for key, each in subject.arguments["weights"].items()}
    reload(subject, state)
    subject.arguments["weights"] = state


@shows("weights-wrong-keys")
def exchanged(subject: TrialSubject, generator: random.Random) -> None:
    """Two tensors of one shape sit in each other's place."""
    by_shape: dict[torch.Size, list[nn.Parameter]] = defaultdict(list)
    for _, module in subject.backbone():
        by_shape[module.weight.shape].append(module.weight)
    several = [each for each in by_shape.values() if len(each) > 1]
    if not several:
        raise Inapplicable("no two tensors have one shape")
    first, second = generator.sample(generator.choice(several), 2)
    with torch.no_grad():
        kept = first.clone()
        first.copy_(second)
        second.copy_(kept)


@shows("unused-classifier")
def new_attribute(subject: TrialSubject, generator: random.Random) -> None:
    """`model.NAME = nn.Linear(...)` under a name that the forward pass does not read."""
    free = [name for name in ATTRIBUTES if not hasattr(subject.model, name)]
    width = subject.layer().weight.shape[1]
    setattr(subject.model, generator.choice(free), nn.Linear(width, CLASSES))
