"""The graph is another one: cut, wrapped, or run in another mode."""

from __future__ import annotations

import random
from typing import Any

import torch
from torch import nn

from harness.dev.trial.rules import Inapplicable, shows
from harness.dev.trial.subject import CLASSES, TrialSubject


@shows("no-gradient")
def detached(subject: TrialSubject, generator: random.Random) -> None:
    """What reaches the head is detached."""
    subject.layer().register_forward_pre_hook(lambda module, inputs: tuple(each.detach() for each in inputs))


@shows("dead-activations", "constant-output")
def dead_layer(subject: TrialSubject, generator: random.Random) -> None:
    """A layer's output is replaced by zeros."""

    def silence(module: nn.Module, inputs: Any, output: torch.Tensor) -> torch.Tensor:
        return torch.zeros_like(output)

    called: list[nn.Module] = []
    handles = [
        module.register_forward_hook(lambda module, inputs, output: called.append(module))
        for _, module in subject.backbone()
    ]
    with torch.no_grad():
        subject.model.eval()(subject.arguments["images"][:2])
    subject.model.train()
    for handle in handles:
        handle.remove()
    generator.choice(called).register_forward_hook(silence)


@shows("normalised-outputs")
def softmax(subject: TrialSubject, generator: random.Random) -> None:
    """The model ends in a softmax."""
    subject.model = nn.Sequential(subject.model, nn.Softmax(dim=1))
    subject.arguments.pop("weights")
    subject.arguments["optimizer"] = torch.optim.AdamW(subject.model.parameters(), lr=1e-3)


@shows("stale-optimizer", "not-in-optimizer")
def head_after_optimizer(subject: TrialSubject, generator: random.Random) -> None:
    """The optimizer is made first, then the head is replaced."""
    layer = subject.layer()
    if not isinstance(layer, nn.Linear):
        raise Inapplicable("the head is no Linear")
    subject.model.set_submodule(subject.head, nn.Linear(layer.in_features, CLASSES))


@shows("output-width")
def width(subject: TrialSubject, generator: random.Random) -> None:
    """The old head with its number of classes is still there."""
    layer = subject.layer()
    if not isinstance(layer, nn.Linear):
        raise Inapplicable("the head is no Linear")
    subject.model.set_submodule(subject.head, nn.Linear(layer.in_features, 100))
    subject.arguments["optimizer"] = torch.optim.AdamW(subject.model.parameters(), lr=1e-3)


@shows("pooling-lost")
def pooling(subject: TrialSubject, generator: random.Random) -> None:
    """timm's pooling is another one than the architecture's."""
    model: Any = subject.model
    try:
        model.reset_classifier(CLASSES, global_pool="max" if getattr(model, "global_pool", "avg") != "token" else "avg")
        model.eval()(subject.arguments["images"][:2])
    except Exception as error:  # many take one pooling only
        raise Inapplicable(f"cannot pool otherwise: {error}") from None
    subject.arguments["optimizer"] = torch.optim.AdamW(subject.model.parameters(), lr=1e-3)


@shows("train-mode", setup="inference")
def train_mode(subject: TrialSubject, generator: random.Random) -> None:
    """Evaluation without `model.eval()`."""
    subject.model.train()


@shows("gradients-in-inference", setup="inference")
def graph_recorded(subject: TrialSubject, generator: random.Random) -> None:
    """Evaluation without `no_grad`, on a model that still takes gradients."""
    subject.model.requires_grad_(True)
    subject.arguments["outputs"] = subject.model(subject.arguments["images"])
