"""Heads computed from features: what they are, on which images, and how they join the draw."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from harness.data.load import load
from harness.data.split import split
from harness.model.build import build
from harness.model.heads import draw_head, fit_head, head_layer
from harness.records.record import Record
from harness.spec.errors import ImpossibleConfiguration
from harness.spec.rules import faults
from harness.spec.spec import Init, Spec
from harness.spec.streams import stream
from harness.spec.variants import load_variant
from harness.training.hybrids.build import prepare

CPU = torch.device("cpu")
FITS = ("fitted", "class_means")
Quick = Callable[..., Spec]


@pytest.fixture(scope="module", params=[2, 4])
def clouds(request: pytest.FixtureRequest) -> tuple[torch.Tensor, torch.Tensor, int]:
    """Features [200, 6] around one centre for each class, far from the origin and of unlike size, and labels."""
    draw = torch.Generator().manual_seed(0)
    centres = torch.randn(request.param, 6, generator=draw)
    labels = torch.arange(200) % request.param
    features = centres[labels] + 0.7 * torch.randn(200, 6, generator=draw)
    return 3 + features * torch.tensor([1.0, 1, 1, 1, 30, 0.01]), labels, request.param


def test_a_fitted_head_has_converged(clouds: tuple[torch.Tensor, torch.Tensor, int]) -> None:
    """Nothing is left of the gradient of losses and penalty, in standardised features."""
    features, labels, classes = clouds
    std, mean = torch.std_mean(features.double(), dim=0, correction=0)
    weight, bias = load_variant("harness.model.init", "fitted")(*clouds)
    rows, offsets = (tensor.requires_grad_() for tensor in (weight * std, bias + weight @ mean))
    losses = cross_entropy((features - mean) / std @ rows.T + offsets, labels, reduction="sum")
    penalty = 50 * rows.square().sum() * (2 if classes == 2 else 1)  # scikit-learn's, which has one row for two classes
    started = torch.autograd.grad(losses, rows, retain_graph=True)[0].abs().max()
    for gradient in torch.autograd.grad(losses + penalty, (rows, offsets)):
        assert float(gradient.abs().max()) < 1e-4 * float(started)


def test_class_means_answer_with_the_nearest(clouds: tuple[torch.Tensor, torch.Tensor, int]) -> None:
    features, labels, classes = clouds
    weight, bias = load_variant("harness.model.init", "class_means")(*clouds)
    means = torch.stack([features[labels == label].double().mean(dim=0) for label in range(classes)])
    distances = torch.cdist(features.double(), means).square()
    logits = features.double() @ weight.T + bias
    scale = distances.gather(1, labels[:, None]).mean()
    expected = -distances / (2 * scale)
    assert torch.allclose(logits - logits.mean(1, keepdim=True), expected - expected.mean(1, keepdim=True), atol=1e-6)


@pytest.mark.parametrize("scheme", FITS)
def test_a_share_lies_between_draw_and_fit(scheme: str, clouds: tuple[torch.Tensor, torch.Tensor, int]) -> None:
    features, labels, classes = clouds
    heads = []
    for init in (
        Init(name=scheme),
        Init(name=scheme, share=0.0),
        Init(name=scheme, share=0.25),
        Init(name=scheme, scale=3.0),
    ):
        layer = nn.Linear(6, classes)
        draw_head(layer, scheme, 0, init.scale)
        fit_head(layer, init, features, labels)
        heads.append(layer.weight.detach())
    drawn = nn.Linear(6, classes)
    draw_head(drawn, "torch_default", 0)
    assert torch.equal(heads[1], drawn.weight)
    assert torch.allclose(heads[2], 0.75 * drawn.weight + 0.25 * heads[0])
    assert torch.equal(heads[3], 3 * heads[0])


@pytest.mark.parametrize("scheme", FITS)
def test_images_that_validate_or_test_take_no_part(scheme: str, quick: Quick) -> None:
    spec = quick(init={"name": scheme})
    dataset = load(spec.data)
    train, val = split(dataset.train, spec.data.val_fraction, stream(spec, "split"))

    def head(labels: torch.Tensor, index: torch.Tensor) -> torch.Tensor:
        object.__setattr__(dataset.train, "labels", labels)
        built = prepare(spec, dataset, index, CPU)
        return head_layer(built.model, built.heads[0]).weight.detach()

    true = dataset.train.labels
    others = true.clone()
    others[val] = (others[val] + 1) % 10
    try:
        assert torch.equal(head(true, train), head(others, train))
        assert not torch.equal(head(true, train), head(true, torch.cat([train, val])))
    finally:
        object.__setattr__(dataset.train, "labels", true)


@pytest.mark.parametrize("transfer", ["full", "linear_probe"])
def test_the_birth_certificate_shows_the_fitted_head(
    transfer: str, quick: Quick, trained: Callable[[Spec], Record]
) -> None:
    fitted, drawn = (
        trained(quick(init={"name": name}, transfer={"name": transfer})) for name in ("fitted", "torch_default")
    )
    assert fitted.birth["initial_loss"] < 0.5 * drawn.birth["initial_loss"]
    assert fitted.birth["head"][0]["weight"] != drawn.birth["head"][0]["weight"]
    assert fitted.birth["backbone_hash"] == drawn.birth["backbone_hash"]
    assert fitted.curve[0]["val_top1"] > 2 * drawn.curve[0]["val_top1"]


def test_fitting_leaves_the_backbone_and_its_modes_alone(quick: Quick) -> None:
    spec = quick(init={"name": "fitted"})
    dataset = load(spec.data)
    plain = build(spec, 10)
    fitted = prepare(spec, dataset, torch.arange(200), CPU)
    assert [module.training for module in fitted.model.modules()] == [True] * len(list(plain.model.modules()))
    for (name, before), after in zip(plain.model.state_dict().items(), fitted.model.state_dict().values(), strict=True):
        assert np.array_equal(before, after) is not name.startswith(plain.heads)


def test_a_head_that_is_no_single_linear_is_refused(quick: Quick) -> None:
    spec = quick(backbone={"name": "levit_128s"}, weights={"name": "none"}, init={"name": "fitted"})
    with pytest.raises(ImpossibleConfiguration, match="init: fitted needs one Linear head, levit_128s has another"):
        prepare(spec, load(spec.data), torch.arange(10), CPU)


@pytest.mark.parametrize(
    ("init", "field"),
    [
        ({"name": "zeros", "scale": 2.0}, "init.scale"),
        ({"name": "keep", "share": 0.5}, "init.share"),
        ({"name": "simplex_etf", "share": 0.5}, "init.share"),
    ],
)
def test_a_key_without_effect_is_a_fault(init: dict[str, Any], field: str, quick: Quick) -> None:
    [fault] = faults(quick(init=init))
    assert fault.startswith(f"{field}: has no effect")
