from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from harness.data.images import Samples, Source
from harness.data.open import choose_classes, choose_samples, open_source, restrict
from harness.spec.errors import RequestError
from harness.spec.spec import Data

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


def test_one_class_against_the_rest_is_two_classes_of_the_same_images() -> None:
    whole, two = (open_source(Data(name="digits", against_rest=name)) for name in (None, "3"))
    assert two.classes == ("rest", "3")
    for before, after in ((whole.train, two.train), (whole.test(), two.test())):
        assert list(after.names) == list(before.names)
        assert list(after.labels) == [int(label == 3) for label in before.labels]


def test_few_images_keep_the_proportion_of_the_class_sought() -> None:
    source = open_source(Data(name="digits", against_rest="3", samples=60))
    assert np.bincount(source.train.labels).tolist() == [54, 6]


def test_the_first_classes_are_taken_before_one_of_them_is_sought() -> None:
    source = open_source(Data(name="digits", classes=3, against_rest="2"))
    assert set(source.train.labels) == {0, 1}
    assert len(source.train) < 400
    with pytest.raises(RequestError, match=r"^data\.against_rest: there is no class '7'; \(one of: 0, 1, 2\)"):
        open_source(Data(name="digits", classes=3, against_rest="7"))


def test_images_with_several_labels_have_no_class_against_the_rest() -> None:
    samples = Samples(["one", "other"], [(0, 1), (1, 1)], lambda position: Image.new("L", (8, 8)))
    source = Source("several", ("a", "b"), samples, lambda: samples)
    with pytest.raises(RequestError, match=r"^data\.against_rest: is for images of one label each"):
        restrict(source, Data(name="digits", against_rest="a"))
