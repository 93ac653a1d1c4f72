"""Mixup and CutMix, against timm's and by what they promise."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from timm.data import Mixup
from torch import Tensor

from harness.spec.spec import Recipe, Spec
from harness.training.recipe.objective import Mixing, make_mixing

LABELS = torch.tensor([0, 1, 2, 3, 1])


def images(count: int = 5) -> Tensor:
    """Image n is n + 1 throughout, so that every pixel tells where it comes from."""
    return torch.arange(1.0, count + 1)[:, None, None, None].expand(count, 3, 12, 16).clone()


def mixed(seed: int = 0, **fields: Any) -> tuple[Tensor, Tensor]:
    return Mixing(Recipe.model_validate(fields), 4, seed)(images(), LABELS)


def test_mixup_is_timms(monkeypatch: pytest.MonkeyPatch) -> None:
    inputs, targets = mixed(mixup=0.8)
    share = float(targets[0, 0])
    assert 0 < share < 1
    theirs = Mixup(mixup_alpha=0.8, label_smoothing=0.0, num_classes=4)
    monkeypatch.setattr(theirs, "_params_per_batch", lambda: (share, False))
    expected, wanted = theirs(images(4), LABELS[:4])
    ours = torch.lerp(images(4).flip(0), images(4), share)
    torch.testing.assert_close(ours, expected)
    torch.testing.assert_close(inputs[0], torch.full((3, 12, 16), share + 5 * (1 - share)))
    torch.testing.assert_close(wanted[0], torch.tensor([share, 0, 0, 1 - share]))
    torch.testing.assert_close(targets[0], torch.tensor([share, 1 - share, 0, 0]))


@pytest.mark.parametrize("seed", range(8))
def test_cutmix_pastes_a_box_and_shares_by_its_area(seed: int) -> None:
    inputs, targets = mixed(seed, cutmix=1.0)
    pasted = inputs[0, 0] == 5
    assert (pasted | (inputs[0, 0] == 1)).all()
    rows, columns = pasted.any(dim=1), pasted.any(dim=0)
    assert pasted.sum() == rows.sum() * columns.sum()
    assert float(targets[0, 0]) == pytest.approx(1 - float(pasted.float().mean()))
    assert torch.equal(inputs[4, 0] == 1, pasted)


def test_targets_are_shares_and_images_stay_in_range() -> None:
    mix = Mixing(Recipe(mixup=0.2, cutmix=1.0), 4, 0)
    for _ in range(20):
        given = images()
        inputs, targets = mix(given, LABELS)
        torch.testing.assert_close(targets.sum(dim=1), torch.ones(5))
        assert inputs.min() >= 1 - 1e-5
        assert inputs.max() <= 5 + 1e-5
        assert torch.equal(given, images())


def test_probabilities() -> None:
    def share_of(check: Any, **fields: Any) -> float:
        mix = Mixing(Recipe.model_validate(fields), 4, 0)
        return float(np.mean([check(*mix(images(), LABELS)) for _ in range(400)]))

    untouched = share_of(lambda inputs, targets: torch.equal(inputs, images()), mixup=1.0, mixup_prob=0.3)
    assert untouched == pytest.approx(0.7, abs=0.08)
    whole = share_of(
        lambda inputs, _: bool((inputs == inputs.round()).all()), mixup=1.0, cutmix=1.0, mixup_switch_prob=0.8
    )
    assert whole == pytest.approx(0.8, abs=0.08)


def test_shares_come_from_the_seed_and_not_from_the_creation() -> None:
    def seen(**groups: Any) -> tuple[Tensor, Tensor]:
        mix = make_mixing(Spec.model_validate({**groups, "recipe": {"mixup": 0.5, "cutmix": 0.5}}), 4)
        assert mix is not None
        pairs = [mix(images(), LABELS) for _ in range(5)]
        return torch.cat([inputs for inputs, _ in pairs]), torch.cat([targets for _, targets in pairs])

    first = seen()
    for same in (seen(creation={"name": "swap_head"}), seen(replicate=3), seen()):
        assert all(torch.equal(one, two) for one, two in zip(first, same, strict=True))
    assert not torch.equal(first[1], seen(seed=1)[1])
    assert make_mixing(Spec(), 4) is None
