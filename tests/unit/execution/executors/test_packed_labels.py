"""Runs of several labels an image give in a pack what they give one by one: probes, and whole networks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from harness.execution.packing.training import pack_losses
from harness.spec.spec import Spec
from harness.training.recipe.losses import image_losses
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
    torch.testing.assert_close(pack_losses(logits, labels, None), expected)


@pytest.mark.parametrize("executor", ["probe", "fused"])
def test_a_pack_gives_what_single_runs_give(train: Train, folder: Path, executor: str) -> None:
    bias = {"init": {"name": "torch_default", "bias": "prior"}}
    if executor == "probe":
        specs = [of_labels(probe_spec(0, lr=1e-2), folder), of_labels(probe_spec(1, drop_rate=0.3), folder, **bias)]
    else:
        specs = [of_labels(full_spec("test_resnet", 0), folder), of_labels(full_spec("test_resnet", 1), folder, **bias)]
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


def test_runs_that_balance_their_labels_are_trained_one_by_one(train: Train, folder: Path) -> None:
    specs = [of_labels(probe_spec(seed, balance="loss"), folder) for seed in range(2)]
    assert all("pack" not in record["provenance"] for record in train("probe", specs).values())
