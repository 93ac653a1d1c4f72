"""Right tensors on a wrong scale."""

from __future__ import annotations

import random
from itertools import pairwise

import torch

from harness.dev.trial.rules import Inapplicable, shows
from harness.dev.trial.subject import CLASSES, IMAGES, TrialSubject


@shows("initial-loss", "logit-spread", "head-out-of-reach")
def head(subject: TrialSubject, generator: random.Random) -> None:
    """The head's weights times 10 to 30: what timm's EfficientNet code does at few classes. The head alone learns."""
    with torch.no_grad():
        subject.layer().weight.mul_(generator.uniform(10, 30))
    prefix = f"{subject.head}."
    for name, each in subject.model.named_parameters():
        each.requires_grad_(name.startswith(prefix))
    subject.arguments |= {"learns": "head", "recipe": {"steps": 300, "lr": 1e-3}}


@shows("weights-partly-loaded")
def tensor(subject: TrialSubject, generator: random.Random) -> None:
    """One weight tensor of the backbone is halved or doubled."""
    _, module = generator.choice(subject.backbone())
    with torch.no_grad():
        module.weight.mul_(generator.choice((0.5, 2.0)))


@shows("exploding-activations")
def explosion(subject: TrialSubject, generator: random.Random) -> None:
    """One weight tensor of the backbone times ten million, and the weights are not at hand."""
    _, module = generator.choice(subject.backbone())
    with torch.no_grad():
        module.weight.mul_(1e7)
    del subject.arguments["weights"]


@shows("non-finite-tensor")
def infinity(subject: TrialSubject, generator: random.Random) -> None:
    """One value of one tensor of the backbone is NaN."""
    _, module = generator.choice(subject.backbone())
    with torch.no_grad():
        module.weight.view(-1)[generator.randrange(module.weight.numel())] = float("nan")


@shows("dead-activations", "constant-output")
def sunk_bias(subject: TrialSubject, generator: random.Random) -> None:
    """A norm's bias is far below zero, so that whatever follows with a ReLU is dead."""
    pairs = [(first, second) for first, second in _pairs(subject.model) if _sinks(first, second)]
    if not pairs:
        raise Inapplicable("no norm is followed by a ReLU")
    norm, _ = generator.choice(pairs)
    with torch.no_grad():
        norm.bias.fill_(-1e3)  # type: ignore[operator]


@shows("head-bias")
def head_bias(subject: TrialSubject, generator: random.Random) -> None:
    """The bias of a head made for other class frequencies."""
    layer = subject.layer()
    if layer.bias is None:
        raise Inapplicable("the head has no bias")
    frequent = generator.randrange(CLASSES)
    others = [label for label in range(CLASSES) if label != frequent]
    with torch.no_grad():
        layer.bias.fill_(-3.0)
        layer.bias[frequent] = 3.0
    subject.arguments["labels"] = torch.tensor([generator.choice(others) for _ in range(IMAGES)])


def _pairs(model: torch.nn.Module) -> list[tuple[torch.nn.Module, torch.nn.Module]]:
    leaves = [module for module in model.modules() if not any(module.children())]
    return list(pairwise(leaves))


def _sinks(first: torch.nn.Module, second: torch.nn.Module) -> bool:
    return type(first).__name__.startswith("BatchNorm") and isinstance(second, torch.nn.ReLU | torch.nn.ReLU6)
