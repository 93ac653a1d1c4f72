"""Laws are recognised by their values alone."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from harness.model.heads.distributions import recognise

SCALE = 0.05
DRAWS: dict[str, Callable[[Tensor], Tensor]] = {
    "uniform": lambda tensor: tensor.uniform_(-SCALE, SCALE),
    "normal": lambda tensor: tensor.normal_(0, SCALE),
    "truncated normal": lambda tensor: nn.init.trunc_normal_(tensor, 0, SCALE, -2 * SCALE, 2 * SCALE),
}
SEEDS = 20


def drawn(kind: str, size: int, seed: int) -> Tensor:
    torch.manual_seed(seed)
    return DRAWS[kind](torch.empty(size))


@pytest.mark.parametrize("size", [640, 12_800, 200_000])
@pytest.mark.parametrize("kind", DRAWS)
def test_a_known_distribution_is_found_with_its_scale(kind: str, size: int) -> None:
    found = [recognise(drawn(kind, size, seed).numpy()) for seed in range(SEEDS if size < 100_000 else 2)]
    assert {one.name for one in found} == {kind}
    mean = sum(one.scale or 0 for one in found) / len(found)
    assert mean == pytest.approx(SCALE, rel=6 / math.sqrt(2 * size * len(found)) + 1e-3)
    if kind == "truncated normal" and size > 10_000:
        assert found[0].cut == pytest.approx(2, rel=0.05)


@pytest.mark.parametrize(
    ("other", "draw"),
    [
        ("shifted", lambda tensor: tensor.normal_(SCALE, SCALE)),
        ("one-sided", lambda tensor: tensor.uniform_(0, SCALE)),
        ("Laplace", lambda tensor: tensor.copy_(torch.distributions.Laplace(0, SCALE).sample(tensor.shape))),
        ("two laws in one", lambda tensor: torch.cat([tensor.uniform_(-1, 1), tensor.clone() / 100])),
    ],
)
def test_another_law_is_not_given_a_name(other: str, draw: Callable[[Tensor], Tensor]) -> None:
    torch.manual_seed(0)
    assert recognise(draw(torch.empty(4000)).numpy()).name == "other", other


def test_values_that_are_all_the_same() -> None:
    assert recognise(torch.zeros(10).numpy()).name == "zeros"
    constant = recognise(torch.full((10,), -4.6).numpy())
    assert (constant.name, constant.scale) == ("constant", pytest.approx(-4.6))


def test_few_values_and_no_numbers_are_told() -> None:
    assert recognise(torch.randn(10).numpy()).name == "few"
    assert recognise(torch.tensor([1.0, math.nan] * 50).numpy()).name == "not finite"
