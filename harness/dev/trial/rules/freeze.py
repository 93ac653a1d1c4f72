"""Parameters that were meant to learn do not."""

from __future__ import annotations

import random

import torch

from harness.dev.trial.rules import shows
from harness.dev.trial.subject import TrialSubject


@shows("frozen-parameters")
def head(subject: TrialSubject, generator: random.Random) -> None:
    """The head."""
    subject.layer().requires_grad_(False)


@shows("frozen-parameters")
def all_but_head(subject: TrialSubject, generator: random.Random) -> None:
    """The backbone, where all was meant to learn."""
    subject.model.requires_grad_(False)
    subject.layer().requires_grad_(True)


@shows("frozen-parameters")
def scattered_half(subject: TrialSubject, generator: random.Random) -> None:
    """Half of the backbone's tensors, drawn at random, and nobody said what was meant."""
    names = [name for name, _ in subject.model.named_parameters() if not name.startswith(f"{subject.head}.")]
    for name in generator.sample(names, len(names) // 2):
        subject.model.get_parameter(name).requires_grad_(False)
    del subject.arguments["learns"]


@shows("frozen-parameters")
def last_stage(subject: TrialSubject, generator: random.Random) -> None:
    """The last quarter of the backbone's tensors: gradual unfreezing, the wrong way round."""
    names = [name for name, _ in subject.model.named_parameters() if not name.startswith(f"{subject.head}.")]
    for name in names[-max(1, len(names) // 4) :]:
        subject.model.get_parameter(name).requires_grad_(False)
    del subject.arguments["learns"]


@shows("not-in-optimizer", "frozen-parameters")
def rate_zero(subject: TrialSubject, generator: random.Random) -> None:
    """The head's group has a learning rate of 0."""
    own = list(subject.layer().parameters())
    rest = [each for each in subject.model.parameters() if not any(each is mine for mine in own)]
    groups = [{"params": rest, "lr": 1e-3}, {"params": own, "lr": 0.0}]
    subject.arguments["optimizer"] = torch.optim.AdamW(groups)
