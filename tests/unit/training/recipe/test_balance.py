"""Class imbalance: what weighs and what is drawn more often."""

from __future__ import annotations

import pytest
import torch
from sklearn.utils.class_weight import compute_class_weight
from torch.nn.functional import cross_entropy

from harness.spec.spec import Recipe
from harness.training.recipe.objective import class_weights, make_loss, make_order

CPU = torch.device("cpu")
LABELS = torch.tensor([0] * 90 + [1] * 9 + [3])


def test_weights_are_scikit_learns_and_a_missing_class_weighs_nothing() -> None:
    expected = compute_class_weight("balanced", classes=torch.tensor([0, 1, 3]).numpy(), y=LABELS.numpy())
    weights = class_weights(LABELS, 5)
    torch.testing.assert_close(weights[[0, 1, 3]].double(), torch.from_numpy(expected), rtol=1e-6, atol=1e-6)
    assert weights[[2, 4]].tolist() == [0, 0]
    assert float(weights[LABELS].mean()) == pytest.approx(1)


def test_sampling_draws_each_class_as_often() -> None:
    draw = make_order(Recipe(balance="sampling"), LABELS)
    generator = torch.Generator().manual_seed(0)
    drawn = torch.cat([LABELS[draw(generator=generator)] for _ in range(60)])
    shares = drawn.bincount(minlength=4) / len(drawn)
    torch.testing.assert_close(shares, torch.tensor([1 / 3, 1 / 3, 0, 1 / 3]), atol=0.02, rtol=0)


def test_without_balance_every_image_comes_once() -> None:
    for balance in ("none", "loss"):
        drawn = make_order(Recipe(balance=balance), LABELS)(generator=torch.Generator().manual_seed(0))
        assert sorted(drawn.tolist()) == list(range(100))


def test_the_weighted_loss_adds_up_over_batches() -> None:
    logits = torch.randn(100, 4, generator=torch.Generator().manual_seed(0))
    loss = make_loss(Recipe(balance="loss"), LABELS, 4, CPU)
    whole = cross_entropy(logits, LABELS, weight=class_weights(LABELS, 4))  # divided by the weights, whose mean is 1
    parts = torch.stack([loss(part, truth) for part, truth in zip(logits.split(20), LABELS.split(20), strict=True)])
    torch.testing.assert_close(parts.mean(), whole)
    torch.testing.assert_close(loss(logits, torch.eye(4)[LABELS]), whole)


def test_smoothing_holds_for_shares_as_for_labels() -> None:
    logits = torch.randn(100, 4, generator=torch.Generator().manual_seed(0))
    loss = make_loss(Recipe(label_smoothing=0.1), LABELS, 4, CPU)
    torch.testing.assert_close(loss(logits, LABELS), cross_entropy(logits, LABELS, label_smoothing=0.1))
    torch.testing.assert_close(loss(logits, torch.eye(4)[LABELS]), loss(logits, LABELS))


def test_outputs_that_are_no_class_weigh_nothing() -> None:
    loss = make_loss(Recipe(balance="loss"), LABELS, 4, CPU)
    logits = torch.randn(len(LABELS), 4)
    wider = torch.cat([logits, torch.full((len(LABELS), 3), -1e4)], 1)  # outputs that the head never chooses
    assert torch.allclose(loss(wider, LABELS), loss(logits, LABELS))
