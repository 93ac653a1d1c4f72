"""Something is missing: a tensor, a key of the weights, a dropout, a group of the optimizer."""

from __future__ import annotations

import random

import torch
from torch import nn

from harness.dev.trial.rules import Inapplicable, shows
from harness.dev.trial.subject import TrialSubject, reload

FRACTION = 0.1  # of the tensors


@shows("dead-tensor", "dead-activations", "constant-output")
def zero_tensor(subject: TrialSubject, generator: random.Random) -> None:
    """One weight tensor of the backbone is zero, and the weights are not at hand."""
    _, module = generator.choice(subject.backbone())
    nn.init.zeros_(module.weight)
    del subject.arguments["weights"]


@shows("weights-partly-loaded", "weights-wrong-keys")
def missing_keys(subject: TrialSubject, generator: random.Random) -> None:
    """A tenth of the layers is missing in the state dict that was loaded."""
    state = dict(subject.arguments["weights"])
    lost = [name for name, _ in generator.sample(subject.backbone(), max(1, int(FRACTION * len(subject.backbone()))))]
    reload(subject, {key: each for key, each in state.items() if key.rpartition(".")[0] not in lost})


@shows("weights-not-loaded")
def nothing_loaded(subject: TrialSubject, generator: random.Random) -> None:
    """The state dict was never loaded."""
    reload(subject, {})


@shows("drop-rate-without-effect")
def dropout(subject: TrialSubject, generator: random.Random) -> None:
    """Every dropout is switched off, and the attribute that a functional one reads is 0."""
    if not subject.arguments["rates"]:
        raise Inapplicable("made without a drop rate")
    for module in subject.model.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
        if isinstance(getattr(module, "drop_rate", None), float):
            setattr(module, "drop_rate", 0.0)  # noqa: B010 - a plain attribute, which nn.Module's types do not know


@shows("not-in-optimizer")
def optimizer_without_head(subject: TrialSubject, generator: random.Random) -> None:
    """The optimizer holds the backbone alone."""
    held = [each for name, each in subject.model.named_parameters() if not name.startswith(f"{subject.head}.")]
    subject.arguments["optimizer"] = torch.optim.AdamW(held, lr=1e-3)


@shows("not-in-optimizer")
def optimizer_without_a_part(subject: TrialSubject, generator: random.Random) -> None:
    """A tenth of the backbone's parameters is in no group."""
    names = [name for name, _ in subject.model.named_parameters() if not name.startswith(f"{subject.head}.")]
    lost = set(generator.sample(names, max(1, int(FRACTION * len(names)))))
    held = [each for name, each in subject.model.named_parameters() if name not in lost]
    subject.arguments["optimizer"] = torch.optim.AdamW(held, lr=1e-3)
