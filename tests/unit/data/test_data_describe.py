from __future__ import annotations

import torch

from harness.data.parts.describe import describe, images_hash, split_hash
from harness.data.parts.images import Dataset, Images


def random_images(count: int, seed: int, groups: tuple[str, ...] | None = None) -> Images:
    generator = torch.Generator().manual_seed(seed)
    pixels = torch.randint(0, 256, (count, 3, 8, 8), generator=generator, dtype=torch.uint8)
    return Images(pixels, torch.arange(count) % 2, groups)


def test_describe_counts_what_is_in_both_parts() -> None:
    train = random_images(10, 0, tuple("aabbccddee"))
    test = random_images(6, 1, tuple("eefffa"))
    test.pixels[2], test.pixels[5] = train.pixels[0], train.pixels[9]
    dataset = Dataset("pets", ("cat", "dog"), train, lambda: test)
    block = describe(dataset, torch.arange(7), torch.arange(7, 10), dataset.load_test())
    assert block["test_images_in_train"] == 2
    assert block["test_groups_in_train"] == 2
    assert (block["n_train"], block["n_val"], block["n_test"]) == (7, 3, 6)
    assert block["class_counts"] == [4, 3]
    assert block["classes"] == ["cat", "dog"]


def test_hashes_change_with_what_they_stand_for() -> None:
    first = random_images(4, 0)
    assert images_hash(first) == images_hash(random_images(4, 0))
    assert images_hash(first) != images_hash(random_images(4, 1))
    assert images_hash(first) != images_hash(Images(first.pixels, 1 - first.labels))
    assert images_hash(first) != images_hash(Images(first.pixels.flip(0), first.labels))
    a, b = torch.tensor([0, 1, 2]), torch.tensor([3])
    assert split_hash(a, b) != split_hash(a[:2], torch.tensor([2, 3]))


def test_the_test_part_is_read_when_asked_for_and_once() -> None:
    reads = []

    def read() -> Images:
        reads.append(1)
        return random_images(2, 0)

    dataset = Dataset("pets", ("cat", "dog"), random_images(4, 0), read)
    assert not reads
    assert dataset.load_test() is dataset.load_test()
    assert len(reads) == 1
