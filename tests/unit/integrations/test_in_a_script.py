"""The two lines in timm's training script: its own loader, optimizer, scheduler and task around them."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from timm.data import create_dataset, create_loader, resolve_data_config
from timm.loss import LabelSmoothingCrossEntropy
from timm.optim import create_optimizer_v2
from timm.scheduler import create_scheduler_v2
from torch import nn

from harness.diagnose.audit import SeriousFindingsError
from harness.integrations.script import WatchedScript
from tests.unit.integrations.shop import CLASSES, FAULT, SIDE, network, same, shown, tensors

EPOCHS, BATCH = 2, 8


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few images a class, as timm's script reads them."""
    top = tmp_path_factory.mktemp("images")
    chosen = np.random.default_rng(0)
    for name in "abcd"[:CLASSES]:
        (top / "train" / name).mkdir(parents=True)
        for number in range(6):
            pixels = chosen.integers(0, 256, (4, 4, 3), dtype=np.uint8)
            Image.fromarray(pixels).resize((SIDE, SIDE), 0).save(top / "train" / name / f"{number}.png")
    return top


def train(folder: Path, healthy: bool = True, look: bool = True, **options: Any) -> tuple[nn.Module, Any]:
    """timm's script in short: what is made, in its order, and two epochs; returns the model and the report."""
    model = network(healthy)
    random.seed(0), np.random.seed(0), torch.manual_seed(0)
    config = resolve_data_config({"input_size": (3, SIDE, SIDE)}, model=model)
    optimizer = create_optimizer_v2(model, opt="adamw", lr=1e-3)
    loader_train = create_loader(
        create_dataset("", root=str(folder), split="train", is_training=True),
        input_size=config["input_size"], batch_size=BATCH, is_training=True, mean=config["mean"], std=config["std"],
        re_prob=0.25, num_workers=0, persistent_workers=False, device=torch.device("cpu"),
    )  # fmt: skip
    updates_per_epoch = len(loader_train)
    lr_scheduler, num_epochs = create_scheduler_v2(
        optimizer, sched="cosine", num_epochs=EPOCHS, warmup_epochs=1, warmup_lr=0.0,
        step_on_epochs=False, updates_per_epoch=updates_per_epoch,
    )  # fmt: skip
    known = {
        "model": model, "loader_train": loader_train, "optimizer": optimizer, "lr_scheduler": lr_scheduler,
        "num_epochs": num_epochs, "updates_per_epoch": updates_per_epoch,
    }  # fmt: skip
    train_loss_fn = LabelSmoothingCrossEntropy(smoothing=0.1)  # the script's default
    report = None
    if look:
        code = shown("timm's training script").replace("\ncheck_", "\nreport = check_")
        assert "report = " in code
        exec(code.replace(")\n", ", **options)\n"), known, made := {"options": options})
        report = made["report"]
    updates = 0
    for epoch in range(num_epochs):
        model.train()
        for images, target in loader_train:
            optimizer.zero_grad()
            train_loss_fn(model(images), target).backward()
            optimizer.step()
            updates += 1
            lr_scheduler.step_update(updates)
        lr_scheduler.step(epoch + 1)
    return model, report


def test_a_healthy_model_is_trained_as_without_the_check(folder: Path) -> None:
    checked, report = train(folder)
    unchecked, _ = train(folder, look=False)
    assert report.ok
    assert {"head-out-of-reach", "label-range", "not-in-optimizer", "input-range"} <= set(report.checked)
    assert same(tensors(checked), tensors(unchecked))


def test_a_faulty_model_is_stopped(folder: Path) -> None:
    with pytest.raises(SeriousFindingsError, match=FAULT):
        train(folder, healthy=False)


def test_further_arguments_are_those_of_the_check(folder: Path) -> None:
    with pytest.raises(SeriousFindingsError, match="output-width"):
        train(folder, num_classes=CLASSES + 1)


def test_the_command_around_the_script_sees_network_labels_and_optimizer_too(folder: Path) -> None:
    with WatchedScript(steps=6) as look:
        train(folder, look=False)
    assert look.report is not None
    assert look.report.ok
    assert {"head-out-of-reach", "label-range", "not-in-optimizer", "input-range"} <= set(look.report.checked)
    with pytest.raises(SeriousFindingsError, match=FAULT), WatchedScript(steps=6):
        train(folder, healthy=False, look=False)
