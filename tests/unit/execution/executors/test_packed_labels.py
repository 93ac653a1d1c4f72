"""Runs of several labels an image give in a pack what they give one by one: probes, and whole networks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from harness.execution.packing.training import pack_losses
from harness.spec.spec import Recipe, Spec
from harness.training.recipe.losses import image_losses
from harness.training.recipe.objective import balancing_weights, make_loss
from tests import multilabel

from .conftest import Train, full_spec, probe_spec


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return multilabel.table(tmp_path_factory.mktemp("tables") / "digits", 120)


def of_labels(spec: Spec, folder: Path, **changes: Any) -> Spec:
    data = {"name": "table", "path": folder, "size": 32}
    return Spec.model_validate({**spec.model_dump(), "data": data, **changes})


def test_a_packs_loss_is_the_mean_of_its_images_losses() -> None:
    torch.manual_seed(0)
    logits, labels = torch.randn(3, 8, 5), torch.randint(0, 2, (3, 8, 5))
    expected = torch.stack([image_losses(*each).mean() for each in zip(logits, labels, strict=True)])
    torch.testing.assert_close(pack_losses(logits, labels), expected)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("several", [True, False])
def test_a_packs_weighted_loss_is_that_of_each_run(several: bool, smoothing: float) -> None:
    """In float64, with two outputs more than there are labels."""
    generator = torch.Generator().manual_seed(0)
    known = torch.randint(0, 2, (3, 60, 5) if several else (3, 60), generator=generator)
    logits, labels = torch.randn(3, 8, 7, generator=generator, dtype=torch.float64), known[:, :8]
    smoothed = 0.0 if several else smoothing
    recipe = Recipe(balance="loss", label_smoothing=smoothed)
    weights = torch.stack([found for each in known if (found := balancing_weights(recipe, each, 5)) is not None])
    losses = pack_losses(logits, labels, torch.full((3,), smoothed, dtype=torch.float64), weights)
    for place, learnt in enumerate(known):
        alone = make_loss(recipe, learnt, 5, torch.device("cpu"))
        torch.testing.assert_close(losses[place], alone(logits[place], labels[place]), rtol=1e-12, atol=0)


@pytest.mark.parametrize(("executor", "balance"), [("probe", "none"), ("probe", "loss"), ("fused", "loss")])
def test_a_pack_gives_what_single_runs_give(train: Train, folder: Path, executor: str, balance: str) -> None:
    bias = {"init": {"name": "torch_default", "bias": "prior"}}
    if executor == "probe":
        specs = [probe_spec(0, lr=1e-2, balance=balance), probe_spec(1, drop_rate=0.3, balance=balance)]
    else:
        specs = [full_spec("test_resnet", seed, balance=balance) for seed in range(2)]
    specs = [of_labels(specs[0], folder), of_labels(specs[1], folder, **bias)]
    alone, packed = train("sequential", specs), train(executor, specs)
    for identity, expected in alone.items():
        found = packed[identity]
        assert found["provenance"].get("pack") == len(specs)
        assert found["birth"] == expected["birth"]
        assert found["data"] == expected["data"]
        for point, other in zip(found["curve"], expected["curve"], strict=True):
            assert point["val_loss"] == pytest.approx(other["val_loss"], rel=1e-5)
            if other["train_loss"] is not None:
                assert point["train_loss"] == pytest.approx(other["train_loss"], rel=1e-5)
        for name in ("loss", "average_precision", "auroc", "brier_score"):
            assert found["metrics"][name] == pytest.approx(expected["metrics"][name], rel=1e-3)
