"""fastai's model for a timm architecture: a body without its classifier, and fastai's own head on top."""

from __future__ import annotations

import warnings
from itertools import dropwhile
from typing import Any

import torch

from harness.model.creation import Created, ModelOrder
from harness.model.creation._library import needs
from harness.model.creation._require import timm_only
from harness.spec.errors import ImpossibleConfiguration

DROPOUT = 0.5
"""fastai's `ps`: before the last layer, and half of it before the hidden one."""

MEAN_AND_MAXIMUM = "catavgmax"


def fastai(order: ModelOrder) -> Created:
    """`fastai.vision.learner.create_timm_model(name, n)`, which `vision_learner` calls for timm's names.

    Its head pools (mean and maximum side by side, where the body gives maps), then come BatchNorm, dropout, a Linear of
    512, ReLU, BatchNorm, dropout and a Linear without bias. `regularization.drop_rate` is its `ps`, `backbone.pool=avg`
    its `concat_pool=False`; `catavgmax`, timm's name for mean and maximum, is what it does by itself.

    Raises:
        RequestError: fastai is not installed.
        ImpossibleConfiguration: another pooling is asked for, or the body's features are none that the head can take.
    """
    timm_only(order, "create_timm_model")
    needs("fastai", "create_timm_model")
    if order.pool not in (None, "avg", MEAN_AND_MAXIMUM):
        raise ImpossibleConfiguration(
            f"backbone.pool: fastai pools in its own head, mean and maximum ({MEAN_AND_MAXIMUM}) or the "
            f"mean alone (avg), not {order.pool}"
        )
    with warnings.catch_warnings():  # of torch and pandas, about what fastai does when it is imported
        warnings.simplefilter("ignore")
        from fastai.vision.learner import create_timm_model

    arguments = {"pretrained": False, **order.loading, **order.arguments}
    ps = arguments.pop("drop_rate", DROPOUT)
    if order.pool == MEAN_AND_MAXIMUM:
        del arguments["global_pool"]  # the body's own, which fastai does not use
    model, _ = create_timm_model(
        order.architecture, order.num_classes, ps=ps, concat_pool=order.pool != "avg", **arguments
    )
    _check_features(order, model[0])
    layers = dropwhile(lambda child: not any(True for _ in child[1].parameters()), model[1].named_children())
    *neck, head = (f"1.{name}" for name, _ in layers)
    return Created(model, heads=(head,), neck=tuple(neck))


def _check_features(order: ModelOrder, body: Any) -> None:
    """Refuse a body that gives no maps [N, C, H, W] where fastai pools, or no vectors [N, C] where it does not."""
    side = order.size or body.model.default_cfg["input_size"][-1]
    try:
        with torch.no_grad():
            features = body.eval()(torch.zeros(1, 3, side, side))
    except (RuntimeError, AttributeError, TypeError, ValueError, AssertionError) as error:
        raise ImpossibleConfiguration(f"creation: fastai's body of {order.architecture} fails: {error}") from None
    body.train()
    wanted = (1, body.model.num_features)
    if features.ndim != (4 if body.needs_pool else 2) or tuple(features.shape[:2]) != wanted:
        raise ImpossibleConfiguration(
            f"creation: fastai's head takes {wanted[1]} channels in the second place, and its body of "
            f"{order.architecture} gives {tuple(features.shape)}; use creation=create_model"
        )
