"""The yardstick: fine-tuning as one would write it by hand, with torch alone and nothing around it."""

from __future__ import annotations

import math
import time
from contextlib import nullcontext
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

EVALUATION_BATCH = 512


@dataclass(frozen=True)
class LoopTask:
    """What to train, and on what: images are uint8 [N, 3, S, S] and lie, like the model, on the CPU at first.

    `autocast` names the dtype of mixed precision, None for float32. `evaluate_at` holds the steps, from 1, after
    which the validation images are looked at; all are looked at once before the first step, too.
    """

    model: nn.Module
    pixels: Tensor
    labels: Tensor
    train_index: Tensor
    val_index: Tensor
    test_pixels: Tensor
    test_labels: Tensor
    mean: tuple[float, ...]
    std: tuple[float, ...]
    device: torch.device
    autocast: torch.dtype | None
    lr: float
    weight_decay: float
    epochs: int
    batch_size: int
    evaluate_at: frozenset[int]
    order_seed: int
    dropout_seed: int


@dataclass(frozen=True)
class LoopOutcome:
    """Seconds of the whole phase and of its training steps alone, what was done, and the losses in nats.

    `seconds` are those of the training steps up to each evaluation after the first.
    """

    phase_s: float
    train_s: float
    steps: int
    images: int
    evaluated_at: list[int]
    val_losses: list[float]
    train_losses: list[float]
    test_loss: float
    seconds: list[float]


def parameter_groups(model: nn.Module, weight_decay: float) -> list[dict[str, object]]:
    """No weight decay on biases and norms."""
    plain = [parameter for parameter in model.parameters() if parameter.ndim <= 1]
    decayed = [parameter for parameter in model.parameters() if parameter.ndim > 1]
    return [{"params": plain, "weight_decay": 0.0}, {"params": decayed, "weight_decay": weight_decay}]


def bare_loop(task: LoopTask) -> LoopOutcome:
    """Fine-tune with AdamW (fused) and half a cosine; validate on the way, test at the end."""
    device = task.device
    _synchronise(device)
    begun = time.perf_counter()
    model = task.model.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    pixels, labels = task.pixels.to(device), task.labels.to(device)
    val_index = task.val_index.to(device)
    mean = torch.tensor(task.mean, device=device).view(1, 3, 1, 1)
    std = torch.tensor(task.std, device=device).view(1, 3, 1, 1)
    mixed = nullcontext() if task.autocast is None else torch.autocast(device.type, dtype=task.autocast)

    def images(batch: Tensor) -> Tensor:
        return ((batch.float().div_(255) - mean) / std).contiguous(memory_format=torch.channels_last)

    def evaluate(batch: Tensor, truth: Tensor) -> tuple[float, float]:
        model.eval()
        with torch.no_grad(), mixed:
            logits = torch.cat([model(images(part)) for part in batch.split(EVALUATION_BATCH)]).float()
        model.train()
        top1 = float((logits.argmax(dim=1) == truth).float().mean())
        # Summed image by image, because the other order of summation differs in the last digit.
        return float(cross_entropy(logits, truth, reduction="none").mean()), top1

    optimizer = torch.optim.AdamW(parameter_groups(model, task.weight_decay), lr=task.lr, fused=True)
    order = torch.Generator().manual_seed(task.order_seed)
    torch.manual_seed(task.dropout_seed)
    model.train()
    steps_per_epoch = len(task.train_index) // task.batch_size
    evaluated_at, val_losses, train_losses = [0], [evaluate(pixels[val_index], labels[val_index])[0]], []
    total, step, since, train_s, seconds = torch.zeros((), device=device), 0, 0, 0.0, list[float]()
    started = time.perf_counter()
    for _ in range(task.epochs):
        shuffled = task.train_index[torch.randperm(len(task.train_index), generator=order)].to(device)
        for batch in shuffled.split(task.batch_size)[:steps_per_epoch]:
            for group in optimizer.param_groups:
                group["lr"] = task.lr * (1 + math.cos(math.pi * step / (task.epochs * steps_per_epoch))) / 2
            with mixed:
                loss = cross_entropy(model(images(pixels[batch])).float(), labels[batch])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            total += loss.detach()
            step += 1
            if step in task.evaluate_at:
                train_losses.append(float(total) / (step - since))
                total.zero_()
                since = step
                _synchronise(device)
                train_s += time.perf_counter() - started
                seconds.append(train_s)
                evaluated_at.append(step)
                val_losses.append(evaluate(pixels[val_index], labels[val_index])[0])
                started = time.perf_counter()
    test_loss, _ = evaluate(task.test_pixels.to(device), task.test_labels.to(device))
    _synchronise(device)
    return LoopOutcome(
        phase_s=time.perf_counter() - begun,
        train_s=train_s,
        steps=step,
        images=step * task.batch_size,
        evaluated_at=evaluated_at,
        val_losses=val_losses,
        train_losses=train_losses,
        test_loss=test_loss,
        seconds=seconds,
    )


def _synchronise(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
