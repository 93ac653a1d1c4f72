"""The model that a run leaves, for whoever asks for it: records keep none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from torch import nn

from harness.model.build import Built
from harness.model.preprocessing import Preprocessing
from harness.training.learner import Learner


@dataclass(frozen=True)
class Trained:
    """The whole model, from normalised images [N, 3, S, S] to logits [N, C], with the weights that were tested.

    `classes` are the names of the C outputs. `structure` are the constructor arguments that the pretrained weights were
    made with, beside those that the spec asks for, `pretrained_classes` the width of their head (None without weights).
    """

    model: nn.Module
    classes: tuple[str, ...]
    preprocessing: Preprocessing
    structure: Mapping[str, Any]
    pretrained_classes: int | None


def trained(built: Built, learner: Learner, tested: nn.Module, classes: tuple[str, ...]) -> Trained:
    """The model as it was tested; call it last, since averaged weights take the place of those that learnt."""
    if tested is not learner.network:
        learner.network.load_state_dict(tested.state_dict())
    pretrained = built.pretrained
    return Trained(built.model.eval(), classes, built.preprocessing, dict(pretrained.structure), pretrained.num_classes)
