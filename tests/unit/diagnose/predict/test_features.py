"""The feature kernels against steps that a backbone really takes."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from harness.diagnose.predict import features as module
from harness.diagnose.predict.features import tangents
from harness.diagnose.predict.motion import Head, Slope, adamw, sgd
from harness.spec.spec import Recipe

WIDTH = 1


@pytest.fixture
def backbone() -> nn.Module:
    """One feature: then the kernel of a random direction is the feature's own."""
    torch.manual_seed(0)
    return nn.Sequential(nn.Flatten(), nn.Linear(12, 8), nn.Tanh(), nn.Linear(8, WIDTH))


@pytest.fixture
def images() -> torch.Tensor:
    return torch.randn(6, 3, 2, 2, generator=torch.Generator().manual_seed(1))


def _empty_head() -> Head:
    return Head(torch.zeros(2, WIDTH), torch.zeros(2))


def _slope(features: torch.Tensor, index: torch.Tensor) -> Slope:
    return Slope(torch.zeros(2, WIDTH), torch.zeros(2), features, index)


def test_a_small_step_moves_the_features_as_the_kernel_says(backbone: nn.Module, images: torch.Tensor) -> None:
    kernels = tangents(backbone, images, WIDTH, seed=0)
    before = backbone(images).detach()
    pull, batch, rate = torch.tensor([[0.7], [-0.4]]), torch.tensor([1, 4]), 1e-4
    said = sgd(Recipe(optimizer="sgd", momentum=0.0), kernels)(_slope(pull, batch), rate, _empty_head())
    (backbone(images)[batch] * pull).sum().backward()
    with torch.no_grad():
        for parameter in backbone.parameters():
            parameter -= rate * parameter.grad
    assert torch.allclose(said, backbone(images).detach() - before, rtol=0.02, atol=1e-7)


def test_adamw_moves_features_alike_whatever_the_size_of_the_pull(backbone: nn.Module, images: torch.Tensor) -> None:
    kernels = tangents(backbone, images, WIDTH, seed=0)
    pull, batch = torch.tensor([[0.7], [-0.4]]), torch.tensor([1, 4])
    small, large = (
        adamw(Recipe(), kernels)(_slope(scale * pull, batch), 1e-3, _empty_head()) for scale in (1.0, 100.0)
    )
    assert torch.allclose(small, large, rtol=1e-4)
    assert float(small.norm()) > 0


def test_sgd_moves_features_in_proportion_to_the_pull(backbone: nn.Module, images: torch.Tensor) -> None:
    kernels = tangents(backbone, images, WIDTH, seed=0)
    pull, batch = torch.tensor([[0.7], [-0.4]]), torch.tensor([1, 4])
    recipe = Recipe(optimizer="sgd")
    small, large = (sgd(recipe, kernels)(_slope(scale * pull, batch), 1e-3, _empty_head()) for scale in (1.0, 100.0))
    assert torch.allclose(100 * small, large, rtol=1e-4)


def test_sketches_keep_dot_products_where_gradients_are_longer_than_they(
    images: torch.Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.manual_seed(2)
    wide = nn.Sequential(nn.Flatten(), nn.Linear(12, 1000), nn.Tanh(), nn.Linear(1000, WIDTH))
    exact = tangents(wide, images, WIDTH, seed=0)
    monkeypatch.setattr(module, "BUCKETS", 1024)
    sketched = tangents(wide, images, WIDTH, seed=0)
    assert exact.parameters == 14001
    scale = exact.plain.diag().mean()
    assert float((sketched.plain - exact.plain).abs().max() / scale) < 0.15
