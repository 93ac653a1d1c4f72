"""Stages as a reader of the architecture would draw them, for networks that do and do not say so themselves."""

from __future__ import annotations

import pytest
import timm
import torch
from torch import nn
from torchvision.models import get_model

from harness.model.stages import find_stages, forward_order

IMAGES = torch.zeros(1, 3, 64, 64)


def tops(model: nn.Module, heads: tuple[str, ...], depth: int = 1, fine: bool = False) -> list[list[str]]:
    """For each stage the modules that its parameters lie in."""
    found = find_stages(model, heads, IMAGES, fine=fine)
    return [list(dict.fromkeys(".".join(name.split(".")[:depth]) for name in stage.parameters)) for stage in found]


@pytest.mark.parametrize("library", ["timm", "torchvision"])
def test_a_resnet_has_the_stages_of_its_paper(library: str) -> None:
    model = timm.create_model("resnet18") if library == "timm" else get_model("resnet18")
    assert tops(model, ("fc",)) == [["conv1", "bn1"], ["layer1"], ["layer2"], ["layer3"], ["layer4"], ["fc"]]
    assert len(find_stages(model, ("fc",), IMAGES, fine=True)) == 10


def test_a_downsampling_between_stages_goes_with_the_next_and_a_last_layer_with_the_last() -> None:
    assert tops(get_model("densenet121").eval(), ("classifier",), 2) == [
        ["features.conv0", "features.norm0"],
        ["features.denseblock1"],
        ["features.transition1", "features.denseblock2"],
        ["features.transition2", "features.denseblock3"],
        ["features.transition3", "features.denseblock4", "features.norm5"],
        ["classifier.weight", "classifier.bias"],
    ]


class Custom(nn.Module):
    """Built in another order than it is used, with a layer that is never used and a tensor outside all layers."""

    def __init__(self) -> None:
        super().__init__()
        self.classifier = nn.Linear(8, 7)
        self.late = nn.Sequential(nn.Conv2d(8, 8, 1), nn.Conv2d(8, 8, 1))
        self.auxiliary = nn.Linear(8, 3)
        self.early = nn.Sequential(nn.Conv2d(8, 8, 1), nn.Conv2d(8, 8, 1))
        self.entry = nn.Conv2d(3, 8, 1)
        self.scale = nn.Parameter(torch.ones(8))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """[N, 3, S, S] to [N, 7]."""
        maps = self.late(self.early(self.entry(images)))
        return self.classifier(maps.mean((2, 3)) * self.scale)


def test_the_order_is_that_of_use_and_not_that_of_construction() -> None:
    assert tops(Custom(), ("classifier",)) == [["entry"], ["early"], ["late", "auxiliary", "scale"], ["classifier"]]


def test_looking_leaves_no_trace() -> None:
    model = timm.create_model("test_efficientnet", drop_rate=0.5)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    torch.manual_seed(3)
    state = torch.get_rng_state()
    order = forward_order(model, IMAGES)
    assert order[0] == "conv_stem.weight"
    assert set(order) == {name for name, _ in model.named_parameters()}
    assert torch.equal(torch.get_rng_state(), state)
    assert all(module.training for module in model.modules())
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())
