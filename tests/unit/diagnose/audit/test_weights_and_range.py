"""What belongs to the weights and what does not, and which range of images they expect."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from harness.diagnose.audit import check
from tests.unit.diagnose.audit.lab import CLASSES, Lab

BYTES = {"mean": (0.485, 0.456, 0.406), "std": (1 / 255,) * 3}


def _severities(report: object, identity: str) -> set[str]:
    return {each.severity for each in report.findings if each.id == identity}  # type: ignore[attr-defined]


def test_gains_that_the_model_lacks_are_told_and_a_decoder_that_it_has_not_is_none_of_its_business(lab: Lab) -> None:
    model, stored = lab.pretrained("test_convnext"), lab.stored("test_convnext")
    decoder = {**stored, "decoder.blocks.0.weight": torch.randn(3, 3), "mask_token": torch.randn(1, 64)}
    assert "weights-wrong-keys" not in check(model, weights=decoder).ids
    for block in model.modules():
        if hasattr(block, "gamma"):
            block.gamma = None
    assert _severities(check(model, weights=stored), "weights-wrong-keys") == {"warning"}


def test_new_layers_around_a_pretrained_body_are_not_taken_for_backbone(lab: Lab) -> None:
    class Around(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.body = lab.pretrained(classes=0)
            self.hidden, self.last = nn.Linear(96, 32), nn.Linear(32, CLASSES)

        def forward(self, images: torch.Tensor) -> torch.Tensor:
            logits: torch.Tensor = self.last(self.hidden(self.body(images)).relu())
            return logits

    model, stored = Around(), lab.stored()
    assert not {"weights-partly-loaded", "weights-not-loaded"} & check(model, weights=stored).ids
    nn.init.normal_(model.body.layer2[0].conv1.weight)
    assert "weights-partly-loaded" in check(model, weights=stored).ids


@pytest.mark.parametrize(
    ("architecture", "place"),
    [("test_efficientnet", "classifier"), ("test_resnet", "fc"), ("test_convnext", "head.fc")],
)
def test_a_layer_put_where_a_headless_model_has_its_classifier_is_its_head(
    lab: Lab, architecture: str, place: str
) -> None:
    stored = {name: each for name, each in lab.stored(architecture).items() if not name.startswith(f"{place}.")}
    model = lab.pretrained(architecture, classes=0)
    assert check(model, weights=stored).heads == ()
    model.set_submodule(place, nn.Sequential(nn.Dropout(0.1), nn.Linear(model.num_features, CLASSES)))
    found = check(model, weights=stored, num_classes=CLASSES)
    assert not {"weights-partly-loaded", "weights-not-loaded"} & found.ids
    assert found.heads == (f"{place}.1",)
    nn.init.normal_(next(each for each in model.modules() if isinstance(each, nn.Conv2d)).weight)
    assert "weights-partly-loaded" in check(model, weights=stored, num_classes=CLASSES).ids


def test_images_in_0_to_255_are_right_for_weights_that_expect_them_and_0_to_1_are_not(lab: Lab) -> None:
    model, right = lab.pretrained(), lab.images(**BYTES)
    assert "input-range" not in check(model, images=right, expects=BYTES).ids
    shrunk = lab.pixels().float() / 255 - 255 * torch.tensor(BYTES["mean"]).view(1, 3, 1, 1)
    assert "input-range" in check(model, images=shrunk, expects=BYTES).ids
    assert "input-range" in check(model, images=right, expects={"mean": (0.5,) * 3, "std": (0.5,) * 3}).ids


def test_images_divided_once_too_often_are_told(lab: Lab) -> None:
    unit = {"mean": (0.0,) * 3, "std": (1.0,) * 3}
    images = lab.images(**unit)
    assert "input-range" not in check(lab.small(), images=images, expects=unit).ids
    assert "input-range" in check(lab.small(), images=images / 255, expects=unit).ids
