"""The formulas of the linear regime against training that takes every step."""

from __future__ import annotations

import math

import pytest
import torch

from harness.diagnose.predict.ingredients import outside_span, remaining, sgd_time, sum_of_rates
from harness.spec.spec import Recipe


def _features(count: int, width: int, seed: int) -> torch.Tensor:
    return torch.randn(count, width, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_what_sgd_forgets_of_the_draw_is_what_a_thousand_steps_forget(momentum: float) -> None:
    recipe = Recipe(optimizer="sgd", lr=1e-3, momentum=momentum, epochs=10, schedule="cosine")
    features = _features(40, 12, seed=0)
    weight = torch.nn.Parameter(_features(3, 12, seed=1))
    start = weight.detach().clone()
    optimizer = torch.optim.SGD([weight], lr=1.0, momentum=momentum)
    for step in range(1000):
        optimizer.param_groups[0]["lr"] = 1e-3 * (1 + math.cos(math.pi * step / 1000)) / 2
        optimizer.zero_grad()
        (0.5 * (features @ weight.T).square().sum() / len(features)).backward()  # the draw itself is all there is
        optimizer.step()
    left = (features @ weight.detach().T).square().sum() / (features @ start.T).square().sum()
    # The formula is for draws of independent entries; averaged over many it is exact, so test it on all directions.
    eigen = remaining(features, sgd_time(recipe, steps_per_epoch=100), curvature=1.0)
    assert float(left) == pytest.approx(eigen, rel=0.35)
    one = features[:1]
    exact = math.exp(-2 * sgd_time(recipe, 100) * float(one.square().sum()))
    assert remaining(one, sgd_time(recipe, 100), 1.0) == pytest.approx(exact)


def test_a_step_of_gradient_descent_leaves_what_is_outside_the_span_alone() -> None:
    features, others = _features(5, 12, seed=2), _features(6, 12, seed=3)
    weight = torch.nn.Parameter(_features(3, 12, seed=4))
    start = weight.detach().clone()
    optimizer = torch.optim.SGD([weight], lr=0.1)
    for _ in range(300):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(features @ weight.T, torch.tensor([0, 1, 2, 0, 1])).backward()
        optimizer.step()
    basis = torch.linalg.svd(features, full_matrices=True).Vh[5:]
    moved = weight.detach() - start
    assert float(moved.norm()) > 0.1
    assert float((moved @ basis.T).norm()) < 1e-10
    share = float((others @ basis.T).square().sum() / others.square().sum())
    assert outside_span(features, others) == pytest.approx(share)
    assert outside_span(features, features) == pytest.approx(0, abs=1e-12)


def test_adamw_takes_no_weight_further_than_the_sum_of_rates_allows() -> None:
    recipe = Recipe(lr=1e-3, epochs=4)
    features, labels = _features(64, 10, seed=5), torch.arange(64) % 4
    weight = torch.nn.Parameter(torch.zeros(4, 10, dtype=torch.float64))
    optimizer = torch.optim.AdamW([weight], lr=1.0, weight_decay=0.0)
    for step in range(40):
        optimizer.param_groups[0]["lr"] = 1e-3 * (1 + math.cos(math.pi * step / 40)) / 2
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(features @ weight.T, labels).backward()
        optimizer.step()
    farthest = float(weight.detach().abs().max())
    assert 0.5 * sum_of_rates(recipe, 10) < farthest <= 1.01 * sum_of_rates(recipe, 10)
