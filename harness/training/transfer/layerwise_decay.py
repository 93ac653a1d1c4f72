"""Layer-wise learning rates: the nearer to the input, the slower."""

from __future__ import annotations

import torch

from harness.data.images import Images
from harness.model.build import Built
from harness.spec.spec import Spec
from harness.training.learner import Learner
from harness.training.transfer._fine_tune import described, fine_tune, stages_of

DECAY = 0.75  # timm's, and BEiT's for its base model


def layerwise_decay(spec: Spec, built: Built, images: Images, device: torch.device) -> Learner:
    """The head learns at `recipe.lr`, each layer before it at `transfer.decay` (0.75) times the rate of the next.

    Layers are single blocks as in timm's `layer_decay`; `transfer.depth=stages` counts stages. With
    `transfer.lr_stem` the decay is the one that brings the stem to that rate.

    Source: Bao et al., "BEiT" (2021), as timm's `param_groups_layer_decay`.
    """
    stages = stages_of(spec, built, fine=spec.transfer.depth == "layers")
    last = len(stages) - 1
    decay = spec.transfer.decay or DECAY
    if spec.transfer.lr_stem is not None:
        decay = (spec.transfer.lr_stem / spec.recipe.lr) ** (1 / last)
    factors = {stage.name: decay ** (last - depth) for depth, stage in enumerate(stages)}
    epochs = dict.fromkeys(factors, 0)
    return fine_tune(
        spec,
        built,
        images,
        device,
        rates={name: factors[stage.name] for stage in stages for name in stage.parameters},
        facts=described(built, stages, epochs, factors),
    )
