from __future__ import annotations

import torch

from harness.data.describe import describe, find_copies, images_hash, split_hash
from harness.data.images import Dataset, Images


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


def test_copies_are_counted_and_named() -> None:
    train, test = random_images(8, 0), random_images(4, 1)
    train.pixels[5] = train.pixels[2]  # classes 1 and 0: a conflict
    train.pixels[6] = train.pixels[4]  # both of class 0
    test.pixels[3] = train.pixels[0]  # classes 1 and 0
    named = [Images(each.pixels, each.labels, None, [f"{n}.png" for n in range(len(each))]) for each in (train, test)]
    assert find_copies(*named) == {
        "test_images_in_train": 1,
        "shared": ["3.png = 0.png"],
        "repeated": {"train": 2, "test": 0},
        "conflicts": {"count": 4, "images": ["train: 0.png", "train: 2.png", "train: 5.png", "test: 3.png"]},
    }
    assert find_copies(random_images(8, 0), random_images(4, 1)) == {"test_images_in_train": 0}


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
