"""A few steps of Lightning's Trainer with the check before them."""

from __future__ import annotations

import logging
import warnings
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from harness.diagnose.audit import SeriousFindingsError
from harness.spec.errors import RequestError
from tests.unit.integrations.shop import BATCH, CLASSES, FAULT, STEPS, data, network, same, shown, tensors

lightning = pytest.importorskip("lightning.pytorch")

from harness.integrations.lightning import LightningCheck  # noqa: E402

logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)


class Classifier(lightning.LightningModule):  # type: ignore[misc]
    """A network without a `forward` of the module's own; `stale` replaces the head once the optimizer is made."""

    def __init__(self, net: nn.Module, stale: bool = False) -> None:
        super().__init__()
        self.net = net
        self.stale = stale

    def training_step(self, batch: tuple[Tensor, Tensor], index: int) -> Tensor:
        images, labels = batch
        return nn.functional.cross_entropy(self.net(images), labels.reshape(-1))

    def configure_optimizers(self) -> Any:
        optimizer = torch.optim.AdamW(self.parameters(), lr=1e-3)
        if self.stale:
            self.net.reset_classifier(CLASSES)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1e-3, total_steps=STEPS)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


class WithForward(Classifier):
    """Called as a network itself."""

    def forward(self, images: Tensor) -> Tensor:
        answer: Tensor = self.net(images)
        return answer


class Two(Classifier):
    """Two networks, of which nobody says which one classifies."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__(net)
        self.teacher = nn.Linear(2, 2)


def fit(module: Any, callback: LightningCheck | None, folder: Path, wide: bool = False) -> Any:
    """Train a few steps, with labels [N] or [N, 1]; returns the trainer."""
    images, labels = data()
    lightning.seed_everything(0, verbose=False)
    trainer = lightning.Trainer(
        max_steps=STEPS, accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False,
        enable_model_summary=False, default_root_dir=folder, callbacks=[callback] if callback else [],
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="lightning")
        trainer.fit(module, DataLoader(TensorDataset(images, labels[:, None] if wide else labels), BATCH, shuffle=True))
    return trainer


def test_a_healthy_model_is_trained_as_without_the_check(tmp_path: Path) -> None:
    callback = LightningCheck()
    checked, unchecked = Classifier(network()), WithForward(network())
    trainer = fit(checked, callback, tmp_path)
    fit(unchecked, None, tmp_path)
    assert callback.report is not None
    assert callback.report.ok
    assert {"head-out-of-reach", "label-range", "not-in-optimizer", "stale-optimizer"} <= set(callback.report.checked)
    assert trainer.global_step == STEPS
    assert same(tensors(checked), tensors(unchecked))


def test_labels_of_one_column_are_checked_and_trained_as_plain_ones(tmp_path: Path) -> None:
    """[N, 1], as MedMNIST stores them."""
    plain, wide = LightningCheck(), LightningCheck()
    modules = Classifier(network()), Classifier(network())
    fit(modules[0], plain, tmp_path)
    fit(modules[1], wide, tmp_path, wide=True)
    assert plain.report is not None
    assert wide.report is not None
    assert wide.report.measured == plain.report.measured
    assert wide.report.ok
    assert same(*map(tensors, modules))


def test_an_optimizer_that_was_made_before_the_head_is_found_before_the_first_step(tmp_path: Path) -> None:
    module = WithForward(network(), stale=True)
    with pytest.raises(SeriousFindingsError, match="stale-optimizer"):
        fit(module, LightningCheck(), tmp_path)
    assert module.global_step == 0


def test_a_wide_head_is_found_in_the_network_that_is_named(tmp_path: Path) -> None:
    with pytest.raises(SeriousFindingsError, match=FAULT):
        fit(Two(network(healthy=False)), LightningCheck(network="net"), tmp_path)


def test_which_network_is_meant_has_to_be_clear(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"no forward and 2 networks in it \(net, teacher\)"):
        fit(Two(network()), LightningCheck(), tmp_path)
    with pytest.raises(RequestError, match="has no module 'model'"):
        fit(Two(network()), LightningCheck(network="model"), tmp_path)


def test_the_page_shows_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    loader = DataLoader(TensorDataset(*data()), BATCH, shuffle=True)
    known: dict[str, Any] = {"Trainer": lightning.Trainer, "module": Classifier(network()), "loader": loader}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="lightning")
        exec(shown("Lightning"), known)
