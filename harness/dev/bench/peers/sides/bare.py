"""A bare loop: torchvision's ImageFolder, torch's DataLoader, AdamW and a cosine."""

from __future__ import annotations

import time
from functools import partial

import torch
from torch.nn.functional import cross_entropy
from torch.optim.lr_scheduler import CosineAnnealingLR
from torch.utils.data import DataLoader

from harness.dev.bench.peers.sides.common import Told, evaluated, images, learns, network, options


def main() -> None:
    """Fine-tune, validate after each epoch, test once."""
    asked = options()
    told = Told()
    load = partial(
        DataLoader, batch_size=asked.batch_size, num_workers=asked.workers, persistent_workers=asked.workers > 0
    )
    train = load(images(asked, "train"), shuffle=True, drop_last=True)
    validation, test = load(images(asked, "val")), load(images(asked, "test"))
    model = network(asked)
    told.watch(model)
    learnt = [each for each in model.parameters() if each.requires_grad]
    optimizer = torch.optim.AdamW(learnt, lr=asked.lr, weight_decay=asked.weight_decay, fused=True)
    schedule = CosineAnnealingLR(optimizer, asked.epochs * len(train))
    started = time.perf_counter()
    for _ in range(asked.epochs):
        learns(model, asked)
        for inputs, labels in train:
            loss = cross_entropy(model(inputs.contiguous(memory_format=torch.channels_last)), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
        model.eval()
        evaluated(model, validation)
    told.end(time.perf_counter() - started, optimizer, evaluated(model, test))


if __name__ == "__main__":
    main()
