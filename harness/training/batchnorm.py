"""What becomes of BatchNorm layers in a transfer: each public function is one choice of `transfer.batchnorm`.

A choice is a function `(context) -> BatchNormHandling`. Beside them there is `train`: layers are in the mode of their
stage, and running statistics follow the batches.
"""

from __future__ import annotations

import torch

from harness.data.split import split
from harness.spec.streams import stream
from harness.training.transfer._fine_tune import BatchNormHandling, Context


def frozen(context: Context) -> BatchNormHandling:
    """Statistics are held; scale and shift go on learning where the strategy lets them."""
    return BatchNormHandling(held=True)


def adapted(context: Context) -> BatchNormHandling:
    """Scale and shift of every BatchNorm learn, and the head; the layers are in train mode, so statistics adapt too.

    Source: Frankle, Schwab and Morcos, "Training BatchNorm and only BatchNorm" (2021), the head frozen too.
    """
    norms = tuple(f"{name}." for name, _ in context.norms)
    heads = tuple(f"{name}." for name in context.built.on_top)
    names = (name for name, _ in context.built.model.named_parameters())
    return BatchNormHandling(only=frozenset(name for name in names if name.startswith((*norms, *heads))))


BATCH = 256


def reestimated(context: Context) -> BatchNormHandling:
    """One pass over the training images, not augmented, in which each layer sees what those before it normalise anew.

    A layer's mean and variance are the averages of those of batches of up to 256 images. Validation images take no
    part, and dropout is off. Scale and shift stay, and learn where the strategy lets them.

    Source: Li et al., "Revisiting Batch Normalization for Practical Domain Adaptation" (AdaBN, 2016); batches averaged
    as by Wu and Johnson, "Rethinking 'Batch' in BatchNorm" (2021).
    """
    spec, model = context.spec, context.built.model
    index, _ = split(context.images, spec.data.val_fraction, stream(spec, "split"))
    take = context.batches(context.images)
    model.eval()
    momenta = [norm.momentum for _, norm in context.norms]
    for _, norm in context.norms:
        norm.reset_running_stats()
        norm.momentum = None  # torch's way to ask for a cumulative average
        norm.train()
    with torch.no_grad():
        for batch in index.to(context.device).tensor_split(-(-len(index) // BATCH)):
            model(take(batch, None))
    for (_, norm), momentum in zip(context.norms, momenta, strict=True):
        norm.momentum = momentum
    return BatchNormHandling(held=True, facts={"statistics_images": len(index)})
