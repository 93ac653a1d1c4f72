"""The stages of a run's network, and what a strategy makes of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from harness.model.build import Built
from harness.model.stages.find import Stage, find_stages
from harness.spec.spec import Spec


def stages_of(spec: Spec, built: Built, *, fine: bool = False) -> tuple[Stage, ...]:
    """Stem to head, as a pass of one image of the run's size finds them; `fine` gives single blocks."""
    device = next(built.model.parameters()).device
    images = torch.zeros(1, 3, spec.data.size, spec.data.size, device=device)
    return find_stages(built.model, built.heads, images, fine=fine)


def begins_of(stages: Sequence[Stage], epochs: Mapping[str, int]) -> dict[str, int]:
    """The epoch from which each parameter learns, by that of its stage; stages without one are left out."""
    return {name: epochs[stage.name] for stage in stages if stage.name in epochs for name in stage.parameters}


def described(
    built: Built, stages: Sequence[Stage], epochs: Mapping[str, int], rates: Mapping[str, float] | None = None
) -> dict[str, Any]:
    """What the birth certificate tells: each stage's parameters, the epoch it begins to learn in, its rate's factor."""
    sizes = {name: parameter.numel() for name, parameter in built.model.named_parameters()}
    return {
        "stages": [
            {
                "name": stage.name,
                "parameters": sum(sizes[name] for name in stage.parameters),
                "from_epoch": epochs.get(stage.name),
                "rate": 1.0 if rates is None else rates[stage.name],
            }
            for stage in stages
        ]
    }
