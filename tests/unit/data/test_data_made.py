from __future__ import annotations

import pytest
import torch
from sklearn.linear_model import LogisticRegression

from harness.data.datasets._figures import figure
from harness.data.load import load
from harness.data.open import source_faults
from harness.spec.errors import RequestError
from harness.spec.spec import Data


def target(**fields: int) -> Data:
    return Data(name="made", **fields)


def test_defaults() -> None:
    dataset = load(target())
    assert dataset.train.pixels.shape == (1000, 3, 32, 32)
    assert torch.bincount(dataset.train.labels).tolist() == [100] * 10
    assert len(dataset.load_test()) == 1000
    assert len(dataset.classes) == 10


def test_the_same_pixels_every_time_and_with_any_number_of_threads() -> None:
    first = load(target(samples=60, size=48)).train.pixels
    torch.set_num_threads(2)
    assert torch.equal(load(target(samples=60, size=48)).train.pixels, first)


def test_fewer_samples_are_the_first_of_more() -> None:
    few, many = load(target(samples=60)).train, load(target(samples=300)).train
    for label in range(10):
        assert torch.equal(few.pixels[few.labels == label], many.pixels[many.labels == label][:6])


def test_train_and_test_part_and_domains_share_no_image() -> None:
    train = load(target(samples=200))
    source = load(Data(name="made", domain="source", samples=200)).train
    seen = set(train.train.digests)
    assert len(seen) == 200
    assert not seen & set(train.load_test().digests)
    assert not seen & set(source.digests)


def test_domains_share_no_class() -> None:
    hues = [tuple(figure(domain, index).hues.tolist()) for domain in ("source", "target") for index in range(50)]
    assert len(set(hues)) == 100


@pytest.mark.long
def test_a_linear_model_on_pixels_is_poor() -> None:
    """Otherwise nothing would be left for a pretrained network to be better at."""
    dataset = load(target())
    inputs, test = (part.pixels.flatten(1).numpy() / 255 for part in (dataset.train, dataset.load_test()))
    model = LogisticRegression(C=0.01, max_iter=200).fit(inputs, dataset.train.labels)
    assert model.score(test, dataset.load_test().labels) < 0.4


def test_too_much_is_refused() -> None:
    assert source_faults(target(classes=100)) == []
    for spec, field in ((target(classes=101), "data.classes"), (target(samples=9), "data.samples")):
        assert [fault.split(":")[0] for fault in source_faults(spec)] == [field]
        with pytest.raises(RequestError, match=field):
            load(spec)
