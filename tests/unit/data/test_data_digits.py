from __future__ import annotations

import pytest
import torch
from sklearn.datasets import load_digits

from harness.data.load import load
from harness.data.open import source_faults
from harness.spec.errors import RequestError
from harness.spec.spec import Data


def test_all_digits_are_there_once() -> None:
    dataset = load(Data())
    test = dataset.load_test()
    assert dataset.train.pixels.shape == (1257, 3, 32, 32)
    assert dataset.train.pixels.dtype == torch.uint8
    assert len(test) == 540
    everything = torch.cat([dataset.train.labels, test.labels])
    assert torch.equal(torch.bincount(everything), torch.bincount(torch.from_numpy(load_digits().target)))


def test_images_are_the_originals_enlarged() -> None:
    """Averaged back over 4 × 4 blocks, a bilinear enlargement is near to the original image."""
    dataset = load(Data(samples=50), "bilinear")
    small = torch.nn.functional.avg_pool2d(dataset.train.pixels.float(), 4)[:, 0] / 255
    originals = torch.from_numpy(load_digits().images).float() / 16
    distances = torch.cdist(small.flatten(1), originals.flatten(1))
    nearest = torch.from_numpy(load_digits().target)[distances.argmin(1)]
    assert torch.equal(nearest, dataset.train.labels)


def test_the_test_part_is_untouched_by_the_number_of_samples() -> None:
    whole, part = load(Data()), load(Data(samples=100))
    assert torch.equal(whole.load_test().pixels, part.load_test().pixels)
    assert len(part.train) == 100


def test_the_first_classes_in_both_parts() -> None:
    dataset = load(Data(classes=3))
    assert dataset.classes == ("0", "1", "2")
    assert dataset.train.labels.unique().tolist() == dataset.load_test().labels.unique().tolist() == [0, 1, 2]


def test_size_is_the_side() -> None:
    assert load(Data(size=48, samples=20)).train.pixels.shape == (20, 3, 48, 48)


@pytest.mark.parametrize("spec", [Data(classes=11), Data(samples=2000)])
def test_too_much_is_a_fault_before_and_an_error_after(spec: Data) -> None:
    assert len(source_faults(spec)) == 1
    with pytest.raises(RequestError, match=r"asked for, but"):
        load(spec)
    assert source_faults(Data()) == []


def test_load_reads_once_for_specs_that_differ_in_validation_only() -> None:
    first = load(Data(samples=30), "bicubic")
    assert load(Data(samples=30, val_fraction=0.4, split=3), "bicubic") is first
    assert load(Data(samples=30), "bilinear") is not first
    assert load(Data(samples=31), "bicubic") is not first
