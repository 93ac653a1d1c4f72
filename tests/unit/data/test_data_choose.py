from __future__ import annotations

import numpy as np
import pytest

from harness.data.open import choose_classes, choose_samples
from harness.spec.errors import RequestError

LABELS = [0] * 60 + [1] * 30 + [2] * 10


def test_samples_keep_the_proportions_of_the_classes() -> None:
    chosen = choose_samples(LABELS, 20)
    assert np.bincount(np.asarray(LABELS)[chosen]).tolist() == [12, 6, 2]
    assert (np.diff(chosen) > 0).all()


def test_samples_are_nested_and_the_same_every_time() -> None:
    few, many = choose_samples(LABELS, 20), choose_samples(LABELS, 50)
    assert set(few) < set(many)
    assert (choose_samples(LABELS, 20) == few).all()


def test_samples_are_not_the_first_of_each_class() -> None:
    assert choose_samples(LABELS, 20)[:12].tolist() != list(range(12))


def test_all_samples_without_a_number() -> None:
    assert choose_samples(LABELS, None).tolist() == list(range(100))
    assert choose_samples(LABELS, 100).tolist() == list(range(100))


@pytest.mark.parametrize(("samples", "reason"), [(101, "has 100"), (2, "without any")])
def test_impossible_numbers_of_samples_are_refused(samples: int, reason: str) -> None:
    with pytest.raises(RequestError, match=rf"^data\.samples: .*{reason}"):
        choose_samples(LABELS, samples)


def test_the_first_classes_are_kept() -> None:
    assert choose_classes(("a", "b", "c"), 2) == ("a", "b")
    assert choose_classes(("a", "b", "c"), None) == ("a", "b", "c")
    with pytest.raises(RequestError, match=r"^data\.classes: 4 asked for, but the data set has 3"):
        choose_classes(("a", "b", "c"), 4)
