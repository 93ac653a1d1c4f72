"""The same tensors, another computation; the model as it was is the reference."""

from __future__ import annotations

import random

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from harness.dev.trial.rules import Inapplicable, shows
from harness.dev.trial.subject import TrialSubject

ACTIVATIONS = ("ReLU", "ReLU6", "LeakyReLU", "SiLU", "Swish", "Hardswish", "HardSwish", "Mish", "ELU")


class _QuickGELU(nn.Module):
    """x * sigmoid(1.702 x), OpenAI's approximation of the GELU."""

    def forward(self, x):  # type: ignore[no-untyped-def]
        return x * (1.702 * x).sigmoid()


def _exchange(subject: TrialSubject, names: tuple[str, ...], other: type[nn.Module]) -> None:
    old = [name for name, module in subject.model.named_modules() if type(module).__name__ in names]
    if not old:
        raise Inapplicable(f"no {' or '.join(names[:2])} is a module here")
    for name in old:
        subject.model.set_submodule(name, other())


@shows("reference-forward", setup="reference")
def activation(subject: TrialSubject, generator: random.Random) -> None:
    """Every ReLU, SiLU and their relatives is a GELU."""
    _exchange(subject, ACTIVATIONS, nn.GELU)


@shows("reference-forward", setup="reference")
def quick_gelu(subject: TrialSubject, generator: random.Random) -> None:
    """Every GELU is OpenAI's approximation."""
    _exchange(subject, ("GELU",), _QuickGELU)


@shows("reference-forward", setup="reference")
def norm_eps(subject: TrialSubject, generator: random.Random) -> None:
    """The norms' epsilon times 100."""
    norms = [each for each in subject.model.modules() if isinstance(getattr(each, "eps", None), float)]
    if not norms:
        raise Inapplicable("no norm has an epsilon")
    for each in norms:
        each.eps = each.eps * 100  # type: ignore[operator, assignment]


@shows("reference-forward", setup="reference")
def batchnorm_momentum(subject: TrialSubject, generator: random.Random) -> None:
    """BatchNorm's momentum divided by 10: no output in eval mode is another one."""
    norms = [each for each in subject.model.modules() if isinstance(each, _BatchNorm) and each.momentum]
    if not norms:
        raise Inapplicable("no BatchNorm has a momentum")
    for each in norms:
        each.momentum = (each.momentum or 0.0) / 10


@shows("reference-forward", setup="reference")
def padding(subject: TrialSubject, generator: random.Random) -> None:
    """One convolution pads by wrapping round instead of by zeros."""
    padded = [
        each for each in subject.model.modules()
        if type(each) is nn.Conv2d and each.padding_mode == "zeros" and each.padding not in (0, (0, 0), "valid")
    ]  # fmt: skip
    if not padded:
        raise Inapplicable("no convolution pads")
    generator.choice(padded).padding_mode = "circular"


@shows("reference-forward", setup="reference")
def transform_input(subject: TrialSubject, generator: random.Random) -> None:
    """The network normalises its input anew, or no longer."""
    before = getattr(subject.model, "transform_input", None)
    if not isinstance(before, bool):
        raise Inapplicable("does not transform its input")
    subject.model.transform_input = not before  # type: ignore[assignment]
