"""Keys of the evaluation under a way of training that has no use for them."""

from __future__ import annotations

from collections.abc import Iterator

from harness.spec.rules.fault import no_effect
from harness.spec.spec import Evaluation, Spec


def evaluation(spec: Spec) -> Iterator[str]:
    """Keys of a condition where there is none, and an average of weights that a condition cannot see."""
    condition = spec.evaluation
    if condition.name == "proper" and condition.batch_size != Evaluation().batch_size:
        yield no_effect("evaluation.batch_size", "on a proper evaluation; use evaluation=train_mode or another")
    if condition.name != "answers_flipped" and condition.flipped != Evaluation().flipped:
        yield no_effect("evaluation.flipped", f"on evaluation={condition.name}; use evaluation=answers_flipped")
    if condition.name != "proper" and spec.transfer.name == "linear_probe" and spec.recipe.ema_decay is not None:
        yield f"recipe.ema_decay: evaluation={condition.name} sees the whole model, whose head is not the averaged one"
