from __future__ import annotations

import pytest
import torch

from harness.data.images import Images
from harness.data.split import split
from harness.spec.errors import RequestError

HUGE_SEED = 2**63 - 1


def images(labels: torch.Tensor, groups: tuple[str, ...] | None = None) -> Images:
    return Images(torch.zeros(len(labels), 3, 8, 8, dtype=torch.uint8), labels, groups)


LABELS = torch.tensor([0] * 70 + [1] * 30)
PATIENTS = tuple(f"patient{index // 3}" for index in range(100))


@pytest.mark.parametrize("groups", [None, PATIENTS])
def test_a_split_is_disjoint_complete_and_the_same_for_the_same_seed(groups: tuple[str, ...] | None) -> None:
    train, val = split(images(LABELS, groups), 0.2, HUGE_SEED)
    assert sorted([*train.tolist(), *val.tolist()]) == list(range(100))
    again = split(images(LABELS, groups), 0.2, HUGE_SEED)
    assert torch.equal(train, again[0])
    assert torch.equal(val, again[1])
    assert not torch.equal(val, split(images(LABELS, groups), 0.2, 1)[1])


@pytest.mark.parametrize("seed", range(5))
def test_classes_are_split_in_the_same_proportion(seed: int) -> None:
    _, val = split(images(LABELS), 0.2, seed)
    assert torch.bincount(LABELS[val]).tolist() == [14, 6]


@pytest.mark.parametrize("seed", range(5))
def test_groups_stay_whole_and_classes_nearly_in_proportion(seed: int) -> None:
    train, val = split(images(LABELS, PATIENTS), 0.2, seed)
    assert not {PATIENTS[index] for index in train} & {PATIENTS[index] for index in val}
    first, second = torch.bincount(LABELS[val]).tolist()
    assert 10 <= first <= 18
    assert 3 <= second <= 9


def test_a_class_that_cannot_be_on_both_sides_is_refused() -> None:
    with pytest.raises(RequestError, match=r"^data\.val_fraction: "):
        split(images(torch.tensor([0] * 9 + [1])), 0.2, 0)
    one_patient = tuple("only" if index >= 70 else f"patient{index}" for index in range(100))
    with pytest.raises(RequestError, match=r"^data\.val_fraction: .* 1 of 2 classes have too few groups"):
        split(images(LABELS, one_patient), 0.2, 0)
