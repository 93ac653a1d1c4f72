"""timm's own training script, its parts put together as its `train.py` does, which the wheel of timm does not hold.

With that script's defaults for speed: the prefetcher, pinned memory left to it, `--channels-last`; without checkpoints,
whose writing would count against it.
"""

from __future__ import annotations

import time
from typing import Any

import torch
from timm.data import create_dataset, create_loader
from timm.optim import create_optimizer_v2
from timm.scheduler import create_scheduler_v2
from timm.utils import AverageMeter, accuracy
from torch import nn

from harness.dev.bench.peers.sides.common import Told, evaluated, learns, network, options


def main() -> None:
    """Fine-tune, validate after each epoch, test once."""
    asked = options()
    told, device = Told(), torch.device("cpu")

    def loader(part: str, training: bool) -> Any:
        dataset = create_dataset("", root=str(asked.data), split=part, is_training=training)
        return create_loader(
            dataset, (3, asked.size, asked.size), asked.batch_size, is_training=training, no_aug=True,
            interpolation=asked.interpolation, mean=tuple(asked.mean), std=tuple(asked.std), crop_pct=1.0,
            num_workers=asked.workers, persistent_workers=asked.workers > 0, device=device,
        )  # fmt: skip

    train, validation, test = loader("train", True), loader("val", False), loader("test", False)
    model = network(asked)
    told.watch(model)
    optimizer = create_optimizer_v2(model, opt="adamw", lr=asked.lr, weight_decay=asked.weight_decay)
    schedule, _ = create_scheduler_v2(
        optimizer, sched="cosine", num_epochs=asked.epochs, warmup_epochs=0, min_lr=0.0, step_on_epochs=False,
        updates_per_epoch=len(train),
    )  # fmt: skip
    criterion = nn.CrossEntropyLoss()
    started, updates = time.perf_counter(), 0
    for _ in range(asked.epochs):
        learns(model, asked)
        losses = AverageMeter()
        for inputs, labels in train:
            loss = criterion(model(inputs.contiguous(memory_format=torch.channels_last)), labels)
            losses.update(loss.item(), inputs.size(0))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            updates += 1
            schedule.step_update(num_updates=updates, metric=losses.avg)
        _validate(model, validation)
    told.end(time.perf_counter() - started, optimizer, evaluated(model, test))


@torch.no_grad()
def _validate(model: nn.Module, batches: Any) -> None:
    model.eval()
    top1 = AverageMeter()
    for inputs, labels in batches:
        logits = model(inputs.contiguous(memory_format=torch.channels_last))
        top1.update(accuracy(logits, labels)[0].item(), inputs.size(0))


if __name__ == "__main__":
    main()
