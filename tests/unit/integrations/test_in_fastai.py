"""A few steps of a fastai learner with the check before them."""

from __future__ import annotations

import random
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import TensorDataset

from harness.diagnose.audit import SeriousFindingsError
from tests.unit.integrations.shop import BATCH, CLASSES, FAULT, data, network, same, shown, tensors

pytest.importorskip("fastai.callback.schedule")  # adds fit_one_cycle

from fastai.data.core import DataLoaders
from fastai.learner import Learner
from fastai.optimizer import SGD, Adam

from harness.integrations.fastai import FastaiCheck


def loss(logits: Tensor, labels: Tensor) -> Tensor:
    """Cross-entropy of labels [N] or [N, 1]."""
    return nn.functional.cross_entropy(logits, labels.reshape(-1))


def learner(healthy: bool, *callbacks: Any, wide: bool = False, **options: Any) -> Any:
    """A learner on the few images, its loaders shuffled; labels are [N], or [N, 1]."""
    random.seed(0)  # fastai's loaders take their order from it
    images, labels = data()
    rows = TensorDataset(images, labels[:, None] if wide else labels)
    loaders = DataLoaders.from_dsets(rows, rows, bs=BATCH, num_workers=0, device="cpu")
    made = Learner(loaders, network(healthy), loss_func=loss, cbs=list(callbacks), **options)
    for recorder in (made.recorder, getattr(made, "progress", None)):
        if recorder is not None:
            made.remove_cb(recorder)
    return made


@pytest.mark.parametrize(("optimizer", "rate"), [(Adam, 1e-3), (SGD, 0.1)], ids=["Adam", "SGD"])
def test_a_healthy_model_is_trained_as_without_the_check(optimizer: Any, rate: float) -> None:
    callback = FastaiCheck()
    checked, unchecked = learner(True, callback, opt_func=optimizer), learner(True, opt_func=optimizer)
    for each in (checked, unchecked):
        torch.manual_seed(1)
        each.fit_one_cycle(1, rate)
    assert callback.report is not None
    assert callback.report.ok, callback.report
    assert {"head-out-of-reach", "label-range", "not-in-optimizer", "stale-optimizer"} <= set(callback.report.checked)
    assert same(tensors(checked.model), tensors(unchecked.model))


def test_labels_of_one_column_are_checked_as_plain_ones() -> None:
    """[N, 1], as MedMNIST stores them."""
    plain, wide = FastaiCheck(), FastaiCheck()
    learner(True, plain).fit(1, 1e-3)
    learner(True, wide, wide=True).fit(1, 1e-3)
    assert plain.report is not None
    assert wide.report is not None
    assert wide.report.measured == plain.report.measured


def test_a_faulty_model_is_stopped_before_the_first_step() -> None:
    faulty = learner(False, FastaiCheck())
    before = tensors(faulty.model)
    with pytest.raises(SeriousFindingsError, match=FAULT):
        faulty.fit(1, 1e-3)
    assert all(torch.equal(each, before[name]) for name, each in faulty.model.named_parameters())


def test_a_rate_that_is_too_small_for_sgd_is_told_by_the_schedule() -> None:
    with pytest.raises(SeriousFindingsError, match=r"head-out-of-reach[\s\S]*4 steps of sgd at 0.001 \(scheduled\)"):
        learner(True, FastaiCheck(), opt_func=SGD).fit_one_cycle(1, 1e-3)


def test_a_second_fit_is_not_looked_at_again() -> None:
    callback = FastaiCheck()
    made = learner(True, callback)
    made.fit(1, 1e-3)
    first = callback.report
    made.fit(1, 1e-3)
    assert callback.report is first is not None


def test_the_page_shows_it() -> None:
    from fastai.vision.learner import vision_learner

    rows = TensorDataset(*data())
    loaders = DataLoaders.from_dsets(rows, rows, bs=BATCH, num_workers=0, device="cpu")
    loaders.c = CLASSES
    known: dict[str, Any] = {"vision_learner": vision_learner, "loaders": loaders, "architecture": "test_efficientnet"}
    code = shown("fastai").replace("pretrained=False", "pretrained=False, n_out=4, loss_func=loss, normalize=False")
    exec(code, {**known, "loss": nn.CrossEntropyLoss()})
