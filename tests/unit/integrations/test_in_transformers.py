"""A few steps of transformers' Trainer with the check before them."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.utils.data import Dataset

from harness.diagnose.audit import SeriousFindingsError
from harness.spec.errors import RequestError
from tests.unit.integrations.shop import BATCH, FAULT, STEPS, data, network, same, shown, tensors

transformers = pytest.importorskip("transformers")

from harness.integrations._before_training import SeriousFindingsWarning  # noqa: E402
from harness.integrations.transformers import TransformersCheck  # noqa: E402


class Rows(Dataset[Any]):
    """Images and labels under transformers' names."""

    def __init__(self, wide: bool = False) -> None:
        self._images, self._labels = data()
        self._wide = wide

    def __len__(self) -> int:
        return len(self._labels)

    def __getitem__(self, index: int) -> dict[str, Any]:
        label = int(self._labels[index])
        return {"pixel_values": self._images[index], "labels": [label] if self._wide else label}


def trainer(folder: Path, callback: TransformersCheck | None, healthy: bool = True, wide: bool = False) -> Any:
    """A Trainer of a few steps, with shuffling, warmup and a decaying rate."""
    net = network(healthy)
    config = transformers.TimmWrapperConfig(architecture="test_efficientnet", num_labels=net.num_classes, model_args={})
    model = transformers.TimmWrapperForImageClassification(config)
    model.timm_model = net
    arguments = transformers.TrainingArguments(
        output_dir=str(folder), max_steps=STEPS, per_device_train_batch_size=BATCH, warmup_steps=1, seed=0,
        learning_rate=1e-3, lr_scheduler_type="cosine", save_strategy="no", logging_strategy="no", report_to=[],
        use_cpu=True, disable_tqdm=True, dataloader_pin_memory=False,
    )  # fmt: skip
    callbacks = [callback] if callback else []
    return transformers.Trainer(model, arguments, train_dataset=Rows(wide), callbacks=callbacks)


def test_a_healthy_model_is_trained_as_without_the_check(tmp_path: Path) -> None:
    callback = TransformersCheck()
    checked, unchecked = trainer(tmp_path, callback), trainer(tmp_path, None)
    checked.train()
    unchecked.train()
    assert callback.report is not None
    assert callback.report.ok
    assert {"head-out-of-reach", "label-range", "not-in-optimizer", "stale-optimizer"} <= set(callback.report.checked)
    assert checked.state.global_step == STEPS
    assert same(tensors(checked.model), tensors(unchecked.model))


def test_labels_of_one_column_are_checked_and_trained_as_plain_ones(tmp_path: Path) -> None:
    """[N, 1], as MedMNIST stores them."""
    plain, wide = TransformersCheck(), TransformersCheck()
    trained = [trainer(tmp_path, plain), trainer(tmp_path, wide, wide=True)]
    for each in trained:
        each.train()
    assert plain.report is not None
    assert wide.report is not None
    assert wide.report.measured == plain.report.measured
    assert wide.report.ok
    assert same(*(tensors(each.model) for each in trained))


def test_a_faulty_model_is_stopped_before_the_first_step(tmp_path: Path) -> None:
    faulty = trainer(tmp_path, TransformersCheck(), healthy=False)
    before = tensors(faulty.model)
    with pytest.raises(SeriousFindingsError, match=FAULT):
        faulty.train()
    assert faulty.state.global_step == 0
    assert same(before, tensors(faulty.model))


def test_under_warn_it_is_trained_all_the_same(tmp_path: Path) -> None:
    faulty = trainer(tmp_path, TransformersCheck(on_serious="warn"), healthy=False)
    with pytest.warns(SeriousFindingsWarning, match=FAULT):
        faulty.train()
    assert faulty.state.global_step == STEPS


def test_what_is_allowed_is_trained_without_a_word(tmp_path: Path) -> None:
    callback = TransformersCheck(allow=(FAULT,))
    faulty = trainer(tmp_path, callback, healthy=False)
    with warnings.catch_warnings():
        warnings.simplefilter("error", SeriousFindingsWarning)
        faulty.train()
    assert callback.report is not None
    assert FAULT in callback.report.ids


def test_a_resumed_run_is_not_looked_at_again() -> None:
    callback = TransformersCheck()
    state = transformers.TrainerState(global_step=7)
    nothing = {"model": torch.nn.Identity(), "optimizer": None, "lr_scheduler": None, "train_dataloader": None}
    callback.on_train_begin(None, state, None, **nothing)
    assert callback.report is None


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"on_serious": "panic"}, "on_serious: must be 'stop' or 'warn'"),
        ({"allow": ("initial-los",)}, "allow: there is no 'initial-los'.*initial-loss"),
        ({"num_clases": 4}, "num_clases: harness.check has no such argument.*num_classes"),
    ],
)
def test_what_is_asked_wrongly_is_said_when_it_is_made(wrong: dict[str, Any], told: str) -> None:
    with pytest.raises(RequestError, match=told):
        TransformersCheck(**wrong)


def test_the_page_shows_it(tmp_path: Path) -> None:
    made = trainer(tmp_path, None)
    known: dict[str, Any] = {"Trainer": transformers.Trainer, "model": made.model, "arguments": made.args}
    exec(shown("transformers"), {**known, "dataset": Rows()})
