"""The training loop: bare, with one place where it stops to be measured."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from harness.recipe.average import make_average
from harness.recipe.balance import make_order
from harness.recipe.clipping import make_clipping
from harness.recipe.loss import make_loss
from harness.recipe.mixing import make_mixing
from harness.recipe.optimizer import make_optimizer
from harness.recipe.schedule import Schedule
from harness.spec.spec import Spec
from harness.spec.streams import stream
from harness.training.curve import evaluation_steps
from harness.training.hardware import Hardware
from harness.transfer.parts.learner import Learner, prefetched


@dataclass(frozen=True)
class Pause:
    """The loop stands still after `step` steps, its gradients in place (clipped, where they are clipped).

    `train_loss` is the mean since the last pause of what is trained on. `network` is what is to be evaluated: the one
    that learns, or the average of its weights. `schedule` is to be told what was measured at the end of an epoch.
    """

    step: int
    epoch: float
    lr: float
    train_loss: float
    images: int
    network: nn.Module
    schedule: Schedule


def train(
    spec: Spec, learner: Learner, labels: Tensor, index: Tensor, classes: int, hardware: Hardware
) -> Iterator[Pause]:
    """Train on the inputs at `index`, yielding at every evaluation step.

    An epoch is as many whole batches as the images give (one smaller batch where they give none); the last, partial
    batch is left out, and another one in each epoch. Order and augmentation come from streams of their own; what the
    network draws itself (dropout) comes from torch's generator, seeded here. A batch computed in parts gives the
    gradient of the whole, but for BatchNorm, which normalises each part by itself.
    """
    recipe, device, network = spec.recipe, hardware.device, learner.network
    batch_size = min(recipe.batch_size, len(index))
    steps_per_epoch = len(index) // batch_size
    stops = evaluation_steps(steps_per_epoch, recipe.epochs)
    order = torch.Generator().manual_seed(stream(spec, "order"))
    augmentation = torch.Generator().manual_seed(stream(spec, "augmentation"))
    torch.manual_seed(stream(spec, "dropout"))
    known = labels.cpu()[index]
    draw_order, mix = make_order(recipe, known), make_mixing(spec, classes)
    criterion = make_loss(recipe, known, classes, device)
    optimizer = make_optimizer(recipe, network, learner.optimised, learner.rates)
    schedule, scaler = Schedule(recipe, steps_per_epoch), hardware.scaler()
    clip, average = make_clipping(recipe, network, optimizer), make_average(recipe, network)
    learner.train()
    total = torch.zeros((), device=device)
    step = since = 0
    for epoch in range(recipe.epochs):
        learner.begin_epoch(epoch)
        batches = index[draw_order(generator=order)].to(device).split(batch_size)[:steps_per_epoch]
        for batch, inputs in zip(batches, prefetched(learner.take, batches, augmentation), strict=True):
            rate = schedule(step)
            for group in optimizer.param_groups:
                group["lr"] = rate * group.get("lr_scale", 1.0)
            optimizer.zero_grad(set_to_none=True)
            targets = labels[batch]
            if mix:
                inputs, targets = mix(inputs, targets)
            parts = zip(inputs.chunk(recipe.grad_accum_steps), targets.chunk(recipe.grad_accum_steps), strict=True)
            for part, wanted in parts:
                with hardware.autocast():
                    loss = criterion(network(part).float(), wanted)
                if len(part) < len(batch):
                    loss = loss * (len(part) / len(batch))
                scaler.scale(loss).backward()
                total += loss.detach()
            scaler.unscale_(optimizer)
            if clip:
                clip()
            scaler.step(optimizer)
            scaler.update()
            step += 1
            if average:
                average.update(network, step)
            if step in stops:
                yield Pause(
                    step=step,
                    epoch=step / steps_per_epoch,
                    lr=rate,
                    train_loss=float(total) / (step - since),
                    images=(step - since) * batch_size,
                    network=average.module if average else network,
                    schedule=schedule,
                )
                total.zero_()
                since = step
