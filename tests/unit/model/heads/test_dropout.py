"""The dropout before a head is what a forward pass in train mode does, however it is written."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from harness.model.heads.dropout import dropout_before
from harness.spec.errors import ImpossibleConfiguration

IMAGES = torch.zeros(2, 3, 4, 4)


class Model(nn.Module):
    """Maps, a norm, whatever comes before the head, and the head."""

    def __init__(self, before: Callable[[Tensor, bool], Tensor]) -> None:
        super().__init__()
        self.conv, self.norm, self.head = nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4), nn.Linear(4, 2)
        self.hidden = nn.Linear(4, 4)
        self.before = before

    def forward(self, images: Tensor) -> Tensor:
        maps = self.norm(self.conv(images))
        logits: Tensor = self.head(self.before(maps.mean(dim=(2, 3), keepdim=True), self.training).flatten(1))
        return logits


WAYS: dict[str, tuple[Callable[[Tensor, bool], Tensor], float]] = {
    "nothing": (lambda x, training: x, 0.0),
    "a module": (lambda x, training: nn.Dropout(0.4).train(training)(x), 0.4),
    "in place": (lambda x, training: functional.dropout(x, 0.4, training, inplace=True), 0.4),
    "by name": (lambda x, training: functional.dropout(x, p=0.4, training=training), 0.4),
    "always on": (lambda x, training: functional.dropout(x, 0.4), 0.4),
    "switched off": (lambda x, training: functional.dropout(x, 0.4, training=False), 0.0),
    "torch's own": (lambda x, training: torch.dropout(x, 0.4, training), 0.4),
    "twice": (lambda x, training: functional.dropout(functional.dropout(x, 0.5, training), 0.2, training), 0.6),
    "a view of it": (lambda x, training: functional.dropout(x, 0.4, training).flatten(1)[:, :, None].squeeze(2), 0.4),
    "each part of it": (
        lambda x, training: torch.cat([functional.dropout(each, 0.4, training) for each in x.chunk(2, dim=1)], dim=1),
        0.4,
    ),
    "before a frozen layer": (
        lambda x, training: functional.dropout(x.flatten(1), 0.4, training) @ nn.Parameter(torch.eye(4)),
        0.0,
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_the_rate_is_what_happens(way: str) -> None:
    before, rate = WAYS[way]
    assert dropout_before(Model(before), ["head"], IMAGES) == (pytest.approx(rate),)


@pytest.mark.parametrize(
    "before",
    [
        lambda x, training: functional.alpha_dropout(x, 0.4, training),
        lambda x, training: functional.dropout(x, 0.4, training).relu(),
    ],
)
def test_what_is_no_plain_dropout_of_features_is_refused(before: Callable[[Tensor, bool], Tensor]) -> None:
    with pytest.raises(ImpossibleConfiguration, match="use transfer=frozen_backbone"):
        dropout_before(Model(before), ["head"], IMAGES)


class Block(nn.Module):
    """What a frozen block drops beside its residual is not dropped where heads alone learn."""

    def __init__(self) -> None:
        super().__init__()
        self.linear, self.drop = nn.Linear(4, 4), nn.Dropout(0.4)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.drop(self.linear(x.flatten(1)))[:, :, None, None]


def test_a_frozen_block_drops_nothing() -> None:
    model = Model(WAYS["nothing"][0])
    model.block = Block()
    model.before = lambda x, training: model.block(x)
    assert dropout_before(model, ["head"], IMAGES) == (0.0,)


def test_nothing_is_left_of_the_pass() -> None:
    model = Model(WAYS["a module"][0]).eval()
    model.norm.train()
    before, random = {name: each.clone() for name, each in model.state_dict().items()}, torch.get_rng_state()
    dropout_before(model, ["head"], torch.rand(2, 3, 4, 4, generator=torch.Generator().manual_seed(0)))
    assert all(torch.equal(each, before[name]) for name, each in model.state_dict().items())
    assert torch.equal(torch.get_rng_state(), random)
    assert [model.training, model.norm.training, model.head.training] == [False, True, False]


def test_a_head_out_of_reach_is_said() -> None:
    model = Model(WAYS["nothing"][0])
    with pytest.raises(ImpossibleConfiguration, match="the head is never called"):
        dropout_before(model, ["hidden"], IMAGES)
