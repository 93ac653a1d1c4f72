"""Early stopping keeps the best epoch by validation, ends in time, and says which it kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from harness.records.record import Record
from harness.spec.spec import Recipe, Spec
from harness.training.evaluate import Answers, EarlyStopping

Quick = Callable[..., Spec]
Afresh = Callable[..., Record]
OVERSHOOTS: dict[str, Any] = {"optimizer": "sgd", "lr": 0.05, "schedule": "constant", "epochs": 12, "early_stopping": 2}


def state(loss: float, right: int) -> Answers:
    """Answers to ten images of which `right` are right, with a mean loss that orders as `loss` does."""
    logits = torch.zeros(10, 2)
    logits[:right, 0], logits[right:, 1] = 1.0, loss
    return Answers(logits, torch.zeros(10, dtype=torch.long))


@pytest.mark.parametrize(("monitor", "kept"), [("val_loss", 2), ("val_top1", 3)])
def test_the_first_of_the_best_epochs_is_kept(monitor: str, kept: int) -> None:
    network = nn.Linear(1, 1)
    recipe = Recipe.model_validate({"early_stopping": 2, "monitor": monitor})
    stopping = EarlyStopping(recipe, network)
    ended = []
    for epoch, (loss, right) in enumerate([(3.0, 5), (1.0, 6), (9.0, 7), (9.0, 7), (9.0, 7), (9.0, 6)], start=1):
        nn.init.constant_(network.weight, epoch)
        ended.append(stopping.ends(epoch, state(loss, right)))
        if ended[-1]:
            break
    assert len(ended) == kept + 2
    epoch, answers = stopping.restore()
    assert (epoch, network.weight.item()) == (kept, kept)
    assert answers.top(1) == pytest.approx(10.0 * {2: 6, 3: 7}[kept])


@pytest.mark.parametrize("more", [{}, {"ema_decay": 0.5}], ids=["weights", "average"])
@pytest.mark.parametrize("monitor", ["val_loss", "val_top1"])
def test_a_run_ends_early_with_its_best_epoch(monitor: str, more: dict[str, Any], quick: Quick, afresh: Afresh) -> None:
    record = afresh(quick(recipe={**OVERSHOOTS, "monitor": monitor, **more}, transfer={"name": "linear_probe"}))
    ends = [point for point in record.curve if point["step"] and point["epoch"].is_integer()]
    best = max(ends, key=lambda point: point["val_top1"] if monitor == "val_top1" else -point["val_loss"])
    assert record.metrics["kept_epoch"] == best["epoch"]
    assert len(ends) == min(12, best["epoch"] + 2)
    assert record.metrics["val_loss"] == best["val_loss"]
    assert record.metrics["val_top1"] == best["val_top1"]
    assert record.metrics["steps"] == ends[-1]["step"]


def test_the_kept_weights_are_those_of_a_run_of_that_length(quick: Quick, afresh: Afresh) -> None:
    """Under a constant rate a shorter run is the beginning of a longer one."""
    probe = {"name": "linear_probe"}
    record = afresh(quick(recipe=OVERSHOOTS, transfer=probe))
    kept = record.metrics["kept_epoch"]
    assert kept < record.curve[-1]["epoch"]
    short = afresh(quick(recipe={**OVERSHOOTS, "epochs": kept, "early_stopping": None}, transfer=probe))
    assert record.metrics["loss"] == short.metrics["loss"]
    assert record.metrics["top1"] == short.metrics["top1"]
    assert record.statistics == short.statistics
    assert "kept_epoch" not in short.metrics
