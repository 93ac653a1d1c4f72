"""The training loop: bare, with one place where it stops to be measured."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from harness.recipe.optimizer import make_optimizer
from harness.recipe.schedule import learning_rate
from harness.spec.spec import Spec
from harness.spec.streams import stream
from harness.training.curve import evaluation_steps
from harness.training.hardware import Hardware
from harness.transfer.parts.learner import Learner, prefetched


@dataclass(frozen=True)
class Pause:
    """The loop stands still after `step` steps, its gradients in place; `train_loss` is the mean since the last."""

    step: int
    epoch: float
    lr: float
    train_loss: float
    images: int


def train(spec: Spec, learner: Learner, labels: Tensor, index: Tensor, hardware: Hardware) -> Iterator[Pause]:
    """Train on the inputs at `index`, yielding at every evaluation step.

    An epoch is as many whole batches as the images give (one smaller batch where they give none); the last, partial
    batch is left out, and another one in each epoch. Order and augmentation come from streams of their own; what the
    network draws itself (dropout) comes from torch's generator, seeded here.
    """
    recipe, device = spec.recipe, hardware.device
    batch_size = min(recipe.batch_size, len(index))
    steps_per_epoch = len(index) // batch_size
    stops = evaluation_steps(steps_per_epoch, recipe.epochs)
    order = torch.Generator().manual_seed(stream(spec, "order"))
    augmentation = torch.Generator().manual_seed(stream(spec, "augmentation"))
    torch.manual_seed(stream(spec, "dropout"))
    optimizer = make_optimizer(recipe, learner.network, learner.optimised, learner.rates)
    learner.train()
    total = torch.zeros((), device=device)
    step = since = 0
    for epoch in range(recipe.epochs):
        learner.begin_epoch(epoch)
        batches = index[torch.randperm(len(index), generator=order)].to(device).split(batch_size)[:steps_per_epoch]
        for batch, inputs in zip(batches, prefetched(learner.take, batches, augmentation), strict=True):
            rate = learning_rate(recipe, step, steps_per_epoch)
            for group in optimizer.param_groups:
                group["lr"] = rate * group.get("lr_scale", 1.0)
            with hardware.autocast():
                logits = learner.network(inputs)
                loss = cross_entropy(logits.float(), labels[batch], label_smoothing=recipe.label_smoothing)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            total += loss.detach()
            step += 1
            if step in stops:
                yield Pause(
                    step, step / steps_per_epoch, rate, float(total) / (step - since), (step - since) * batch_size
                )
                total.zero_()
                since = step
