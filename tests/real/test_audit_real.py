"""`audit` on real pretrained weights and real photographs: quiet where all is well, and right where it is not."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from timm import create_model
from torch import Tensor, nn

from harness.data.load import load
from harness.diagnose.audit import Report, check
from harness.diagnose.audit.planned import audit_spec
from harness.model.pretrained import read_state_dict
from harness.spec.spec import Spec
from harness.training.batches import unit_range

pytestmark = pytest.mark.real

BACKBONE, CLASSES = "mobilenetv2_100", 5
MEAN, STD = torch.tensor([[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]]).view(2, 1, 3, 1, 1)


def planned(assets: Path, creation: str) -> Spec:
    """A probe of MobileNetV2 on flowers: 20 steps of a small rate."""
    return Spec.model_validate(
        {
            "backbone": {"name": BACKBONE},
            "weights": {"name": "file", "path": weights(assets)},
            "creation": {"name": creation},
            "data": {"name": "imagefolder", "path": assets / "images" / "flowers5", "size": 96, "samples": 400},
            "transfer": {"name": "linear_probe"},
            "recipe": {"optimizer": "adamw", "lr": 3e-4, "epochs": 2, "batch_size": 32},
        }
    )


def weights(assets: Path) -> Path:
    return assets / "weights" / f"{BACKBONE}.safetensors"


@pytest.fixture(scope="module")
def photographs(assets: Path) -> Tensor:
    """Flowers [64, 3, 96, 96] in 0..1."""
    return unit_range(load(planned(assets, "swap_head").data, "bicubic").train.pixels[:64])


@pytest.fixture
def by_hand(assets: Path) -> nn.Module:
    """The pretrained backbone under a head of zeros, made without this package."""
    model = create_model(BACKBONE, num_classes=CLASSES)
    state = {name: tensor for name, tensor in read_state_dict(weights(assets)).items() if "classifier" not in name}
    model.load_state_dict(state, strict=False)
    nn.init.zeros_(model.classifier.weight)
    return model


def serious(report: Report) -> set[str]:
    return {finding.id for finding in report.serious}


def test_a_swapped_head_has_no_serious_finding(assets: Path) -> None:
    assert serious(audit_spec(planned(assets, "swap_head"))) == set()


def test_direct_creation_with_few_small_steps_is_found(assets: Path) -> None:
    assert serious(audit_spec(planned(assets, "create_model"))) == {"initial-loss", "head-out-of-reach"}


def test_a_healthy_model_made_by_hand_has_no_serious_finding(
    assets: Path, by_hand: nn.Module, photographs: Tensor
) -> None:
    report = check(by_hand, images=(photographs - MEAN) / STD, num_classes=CLASSES, weights=weights(assets))
    assert serious(report) == set()


def test_weights_that_were_never_loaded_are_found(assets: Path, photographs: Tensor) -> None:
    model = create_model(BACKBONE, num_classes=CLASSES)
    report = check(model, images=(photographs - MEAN) / STD, num_classes=CLASSES, weights=weights(assets))
    assert {"weights-not-loaded", "untrained-backbone"} <= serious(report)


@pytest.mark.parametrize("wrongly", ["not normalised", "not scaled", "normalised twice"])
def test_images_that_the_weights_do_not_expect_are_found(by_hand: nn.Module, photographs: Tensor, wrongly: str) -> None:
    images = {
        "not normalised": photographs,
        "not scaled": 255 * photographs,
        "normalised twice": ((photographs - MEAN) / STD - MEAN) / STD,
    }[wrongly]
    assert serious(check(by_hand, images=images, num_classes=CLASSES)) == {"input-range"}


@pytest.mark.parametrize(
    ("mean", "std", "severity"),
    [((0.0, 0.0, 0.0), (1.0, 1.0, 1.0), "error"), ((0.5, 0.5, 0.5), (0.25,) * 3, "warning")],
)
def test_a_pipeline_that_normalises_otherwise_is_found(
    by_hand: nn.Module, mean: tuple[float, ...], std: tuple[float, ...], severity: str
) -> None:
    report = check(by_hand, num_classes=CLASSES, preprocessing={"mean": mean, "std": std})
    assert [finding.severity for finding in report.findings if finding.id == "normalisation"] == [severity]
