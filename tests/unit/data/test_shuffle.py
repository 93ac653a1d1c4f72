"""Splits are scikit-learn's, so that no run's split depends on whose code drew it."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.model_selection import GroupShuffleSplit, ShuffleSplit, StratifiedShuffleSplit, train_test_split

from harness.data.shuffle import shuffled, shuffled_groups, stratified

DRAWS = np.random.default_rng(0)
CASES = [
    (int(DRAWS.integers(20, 400)), int(DRAWS.integers(2, 12)), float(DRAWS.uniform(0.05, 0.95)), seed)
    for seed in range(60)
]


def labels_of(count: int, classes: int) -> np.ndarray:
    """Unequal classes, of which some tie in their remainders."""
    weights = DRAWS.dirichlet(np.ones(classes)) if count % 2 else np.full(classes, 1 / classes)
    return np.sort(DRAWS.choice(classes, size=count, p=weights))[DRAWS.permutation(count)]


def test_a_stratified_split_is_that_of_scikit_learn() -> None:
    equal = refused = 0
    for count, classes, fraction, seed in CASES:
        labels = labels_of(count, classes)
        try:
            [theirs] = StratifiedShuffleSplit(1, test_size=fraction, random_state=seed).split(labels, labels)
        except ValueError:
            refused += 1
            with pytest.raises(ValueError, match="class"):
                stratified(labels, fraction, seed)
            continue
        equal += 1
        held_out = train_test_split(np.arange(count), test_size=fraction, stratify=labels, random_state=seed)
        for ours, first, second in zip(stratified(labels, fraction, seed), theirs, held_out, strict=True):
            assert_array_equal(ours, first)
            assert_array_equal(ours, second)
    assert equal > 30
    assert refused > 3


def test_random_splits_and_those_by_groups_are_too() -> None:
    for count, classes, fraction, seed in CASES:
        groups = labels_of(count, 2 * classes)
        pairs = [
            (shuffled(count, fraction, 3, seed), ShuffleSplit(3, test_size=fraction, random_state=seed).split(groups)),
        ]
        if np.ceil(fraction * len(np.unique(groups))) < len(np.unique(groups)):
            theirs = GroupShuffleSplit(3, test_size=fraction, random_state=seed).split(groups, groups=groups)
            pairs.append((shuffled_groups(groups, fraction, 3, seed), theirs))
        for ours, original in pairs:
            for own, other in zip(ours, original, strict=True):
                assert_array_equal(own[0], other[0])
                assert_array_equal(own[1], other[1])


def test_nothing_left_to_learn_from_is_refused() -> None:
    with pytest.raises(ValueError, match="none would be left"):
        list(shuffled(3, 0.9, 1, 0))
