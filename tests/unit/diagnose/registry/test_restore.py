"""The model that a run leaves is the one that was tested, and is the same read back from its tensors."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from harness.data.load import load
from harness.diagnose.registry.restore import DESCRIPTION, WEIGHTS, restore, write_model
from harness.records.record import Record
from harness.spec.machine import Machine
from harness.spec.spec import Spec
from harness.training.recording import Trained
from harness.training.run import run

CPU = Machine(device="cpu", threads=1)
PROBE = {"transfer": {"name": "linear_probe"}}


@pytest.mark.parametrize(
    "groups",
    [
        {},
        {"creation": {"name": "swap_head"}},
        {"creation": {"name": "external_linear"}, **PROBE},
        {"creation": {"name": "forward_features"}, **PROBE},
        {"creation": {"name": "features_only"}, **PROBE},
        {"creation": {"name": "checkpoint_path"}, **PROBE},
        {"creation": {"name": "load_state_dict"}, **PROBE},
        {"creation": {"name": "pretrained_cfg_overlay"}, **PROBE},
        {"init": {"name": "class_means"}, **PROBE},
        {"transfer": {"name": "full", "norm": "group"}},
        {"recipe": {"ema_decay": 0.5}},
        {"recipe": {"ema_decay": 0.5}, **PROBE},
        {"recipe": {"epochs": 3, "lr": 0.1, "early_stopping": 1}},
        {"backbone": {"name": "test_vit"}, **PROBE},
    ],
    ids=str,
)
def test_the_answers_read_back_are_those_of_the_record(
    quick: Callable[..., Spec], tmp_path: Path, groups: dict[str, Any]
) -> None:
    spec, kept = quick(**groups), list[Trained]()
    record = run(spec, CPU.model_copy(update={"monitors": False}), keep=kept.append)
    [trained] = kept
    write_model(tmp_path, spec, trained)
    test = load(spec.data, trained.preprocessing.interpolation, crop=trained.preprocessing.crop).load_test()
    restored = restore(tmp_path / WEIGHTS, tmp_path / DESCRIPTION)
    logits = restored.logits(test.pixels)
    assert restored.classes == trained.classes
    assert record.predictions is not None
    assert record.predictions.loss is not None
    losses = torch.nn.functional.cross_entropy(logits, test.labels, reduction="none")
    torch.testing.assert_close(losses, torch.from_numpy(record.predictions.loss), rtol=1e-3, atol=1e-3)


def test_keeping_the_model_changes_nothing(
    quick: Callable[..., Spec],
    trained: Callable[[Spec], Record],
    assert_same: Callable[[Record, Record], None],
) -> None:
    spec = quick()
    assert_same(trained(spec), run(spec, CPU, keep=lambda model: model.model.requires_grad_(False)))
