"""A run as one writes it with timm's own functions, in a file and a process of its own; knows nothing of the harness.

Prints one line of JSON: what was done, and at what time all was imported; with `--counted` the kernels of a step.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import timm
import torch
from timm.data import create_dataset, create_loader
from timm.optim import create_optimizer_v2
from timm.scheduler import create_scheduler_v2
from torch import nn
from torch.nn.functional import cross_entropy
from torch.profiler import ProfilerActivity, profile


def kernels(call: Callable[[], object]) -> int:
    """How many kernels a call launches on a CUDA device; without one the operations of torch that call no other."""
    cuda = torch.cuda.is_available()
    activities = [ProfilerActivity.CPU, *([ProfilerActivity.CUDA] if cuda else [])]
    with profile(activities=activities) as profiled:
        call()
        if cuda:
            torch.cuda.synchronize()
    events = profiled.events() or []
    if cuda:
        copies = ("Memcpy", "Memset")
        return sum(each.device_type.name == "CUDA" and not each.name.startswith(copies) for each in events)
    operations = [each for each in events if each.name.startswith("aten::")]
    return sum(not any(child.name.startswith("aten::") for child in each.cpu_children) for each in operations)


def peak_mib() -> float:
    """The largest resident memory of this process; what the kernel tells as `ru_maxrss` begins with its starter's."""
    told = Path("/proc/self/status").read_text(encoding="ascii")
    return int(told.partition("VmHWM:")[2].split()[0]) / 1024


def main() -> None:
    """Fine-tune one model on a folder of images, validate after each epoch, test once."""
    parser = argparse.ArgumentParser()
    for name in ("data", "model", "weights", "transfer", "interpolation"):
        parser.add_argument(f"--{name}")
    for name in ("classes", "epochs", "seed", "size", "workers", "threads"):
        parser.add_argument(f"--{name}", type=int)
    parser.add_argument("--lr", type=float)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--mean", type=float, nargs=3)
    parser.add_argument("--std", type=float, nargs=3)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--weight-decay", type=float, default=0.05)
    parser.add_argument("--precision", default="float32", help="float32, or what autocast computes in")
    parser.add_argument("--counted", action="store_true")
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    ready = time.time()
    torch.manual_seed(asked.seed)
    device = torch.device(asked.device)
    mixed = asked.precision != "float32"
    autocast = partial(torch.autocast, device.type, getattr(torch, asked.precision) if mixed else None, mixed)

    def loader(part: str, training: bool):  # type: ignore[no-untyped-def]
        dataset = create_dataset("", root=asked.data, split=part, is_training=training)
        return create_loader(
            dataset, (3, asked.size, asked.size), asked.batch_size if training else 512, is_training=training,
            no_aug=True, interpolation=asked.interpolation, mean=tuple(asked.mean), std=tuple(asked.std),
            crop_pct=1.0, num_workers=asked.workers, use_prefetcher=False,
            persistent_workers=asked.workers > 0, device=device,
        )  # fmt: skip

    train, validation, test = loader("train", True), loader("validation", False), loader("test", False)
    known = {"pretrained": True, "pretrained_cfg_overlay": {"file": asked.weights}} if asked.weights else {}
    model = timm.create_model(asked.model, num_classes=asked.classes, **known)
    model = model.to(device, memory_format=torch.channels_last)
    probe = asked.transfer == "linear_probe"
    if probe:
        model.requires_grad_(False)
        model.get_classifier().requires_grad_(True)
    fused = {"fused": True}
    optimizer = create_optimizer_v2(model, opt="adamw", lr=asked.lr, weight_decay=asked.weight_decay, **fused)
    steps_per_epoch = len(train)
    scheduler, _ = create_scheduler_v2(
        optimizer, sched="cosine", num_epochs=asked.epochs, warmup_epochs=0, min_lr=0.0, step_on_epochs=False,
        updates_per_epoch=steps_per_epoch,
    )  # fmt: skip

    def evaluate(batches) -> float:  # type: ignore[no-untyped-def]
        model.eval()
        total = count = 0.0
        with torch.no_grad():
            for images, labels in batches:
                images = images.to(device, memory_format=torch.channels_last)
                with autocast():
                    logits = model(images)
                total += float(cross_entropy(logits.float(), labels.to(device), reduction="sum"))
                count += len(labels)
        return total / count

    criterion = nn.CrossEntropyLoss()

    def learn(images, labels) -> None:  # type: ignore[no-untyped-def]
        images = images.to(device, memory_format=torch.channels_last)
        with autocast():
            loss = criterion(model(images), labels.to(device))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    if asked.counted:
        model.train(not probe)
        first = next(iter(train))
        learn(*first)
        print(json.dumps({"kernels": kernels(lambda: learn(*first))}))
        return
    steps = images_seen = 0
    train_s = 0.0
    validation_loss = float("nan")
    for _ in range(asked.epochs):
        model.train(not probe)
        started = time.perf_counter()
        for images, labels in train:
            learn(images, labels)
            steps, images_seen = steps + 1, images_seen + len(images)
            scheduler.step_update(steps)
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        train_s += time.perf_counter() - started
        validation_loss = evaluate(validation)
    test_loss = evaluate(test)
    run = {"steps": steps, "images": images_seen, "train_s": train_s}
    print(
        json.dumps(
            {
                "ready": ready,
                "runs": [{**run, "val_loss": validation_loss, "test_loss": test_loss}],
                "pack": None,
                "peak_mib": peak_mib(),
            }
        )
    )


if __name__ == "__main__":
    main()
