"""The rehearsal against a head that is really trained, and the directions that theory demands."""

from __future__ import annotations

import pytest
import torch

from harness.diagnose.predict.features import Tangents
from harness.diagnose.predict.motion import Head
from harness.diagnose.predict.rehearsal import rehearse
from harness.diagnose.predict.stage import RehearsalStage
from harness.spec.spec import Recipe

CLASSES, WIDTH, COUNT = 4, 16, 160


@pytest.fixture(scope="module")
def stage() -> RehearsalStage:
    """Four clouds of features, and a backbone that can move any image's alone."""
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(COUNT) % CLASSES
    centres = torch.randn(CLASSES, WIDTH, generator=generator)
    features = centres[labels] + 0.7 * torch.randn(COUNT, WIDTH, generator=generator)
    kernel = features @ features.T + 0.1 * torch.eye(COUNT)
    return RehearsalStage(features, features, labels, Tangents(kernel, kernel, kernel, 100), COUNT, 5, seed=0)


def _head(scale: float) -> Head:
    unit = torch.rand(CLASSES, WIDTH, generator=torch.Generator().manual_seed(1)) * 2 - 1
    return Head(scale * unit, torch.zeros(CLASSES))


@pytest.mark.parametrize(("optimizer", "lr"), [("adamw", 3e-3), ("sgd", 1e-2)])
def test_a_backbone_without_speed_is_torchs_own_training_of_a_head(
    stage: RehearsalStage, optimizer: str, lr: float
) -> None:
    recipe = Recipe(optimizer=optimizer, lr=lr, epochs=6, batch_size=120, schedule="constant")
    done = rehearse(stage, _head(0.5), recipe, draw=0, speed=0)
    layer = torch.nn.Linear(WIDTH, CLASSES)
    with torch.no_grad():
        layer.weight.copy_(_head(0.5).weight)
        layer.bias.zero_()
    made = {
        "adamw": lambda: torch.optim.AdamW(layer.parameters(), lr=lr, weight_decay=0.0),
        "sgd": lambda: torch.optim.SGD(layer.parameters(), lr=lr, momentum=0.9, nesterov=True),
    }[optimizer]()
    # A batch of all that is learnt from: the same division of the images, and no order to agree on.
    from harness.spec.streams import derive

    order = torch.Generator().manual_seed(derive("rehearsal", "0", "0"))
    learn, judge = torch.randperm(COUNT, generator=order).split([120, 40])
    for _ in range(30):
        made.zero_grad()
        torch.nn.functional.cross_entropy(layer(stage.learnt[learn]), stage.labels[learn]).backward()
        made.step()
    loss = torch.nn.functional.cross_entropy(layer(stage.judged[judge]), stage.labels[judge])
    assert done.loss == pytest.approx(loss.item(), rel=1e-3)
    assert done.feature_shift == 0


def test_the_wider_the_head_the_worse_a_short_run(stage: RehearsalStage) -> None:
    recipe = Recipe(lr=3e-3, epochs=2, batch_size=32)
    losses = [
        sum(rehearse(stage, _head(scale), recipe, draw, speed=0).loss for draw in range(4))
        for scale in (0.0, 0.1, 0.4, 1.6)
    ]
    assert losses == sorted(losses)


def test_the_gap_closes_as_the_learning_rate_grows(stage: RehearsalStage) -> None:
    def gap(lr: float) -> float:
        recipe = Recipe(lr=lr, epochs=4, batch_size=32)
        return sum(
            rehearse(stage, _head(0.02), recipe, draw, speed=0).top1
            - rehearse(stage, _head(1.6), recipe, draw, speed=0).top1
            for draw in range(4)
        )

    assert gap(3e-3) > 4 * max(1.0, gap(0.3))


def test_a_wider_head_drives_the_backbone_further_under_sgd(stage: RehearsalStage) -> None:
    recipe = Recipe(optimizer="sgd", lr=1e-4, epochs=1, batch_size=32)
    narrow, wide = (rehearse(stage, _head(scale), recipe, draw=0, speed=1).feature_shift for scale in (0.05, 0.5))
    assert wide > 5 * narrow


def test_no_feature_moves_by_more_than_its_length(stage: RehearsalStage) -> None:
    done = rehearse(stage, _head(1.0), Recipe(lr=10.0, epochs=4, batch_size=32), draw=0, speed=1)
    assert 0.5 < done.feature_shift <= 1
