"""Where images lie and how many threads prepare them changes no pixel, and crops are torchvision's."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor
from torchvision.transforms import v2
from torchvision.transforms.v2 import InterpolationMode
from torchvision.transforms.v2 import functional as reference

from harness.data.decode import decode
from harness.data.delivery import Delivery, ahead
from harness.data.images import Images, Samples
from harness.data.resize import resized_crop
from harness.data.transforms.random_resized_crop import crops
from harness.model.pretrained import Preprocessing
from harness.spec.spec import Spec
from harness.spec.variants import variants
from harness.training.batches import Batches, Normalise, unit_range

CPU = torch.device("cpu")
PLAIN = Preprocessing(mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0), interpolation="bicubic")
COUNT, SIZE = 40, 24


def smooth(height: int, width: int, seed: int = 0) -> Image.Image:
    """Structure as photographs have, with values from end to end."""
    coarse = np.random.default_rng(seed).integers(0, 256, (height // 8 + 2, width // 8 + 2, 3), np.uint8)
    return Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)


def images(pipeline: str = "auto", threads: int = 2) -> Images:
    pictures = [smooth(30 + position, 70 - position, position) for position in range(COUNT)]
    samples = Samples([str(position) for position in range(COUNT)], [0, 1] * (COUNT // 2), pictures.__getitem__)
    return decode(samples, SIZE, "bicubic", Delivery(None, pipeline, threads))  # type: ignore[arg-type]


def batches(name: str, pipeline: str = "auto", threads: int = 2) -> Batches:
    return Batches(Spec.model_validate({"transforms": {"name": name}}), PLAIN, images(pipeline, threads), CPU)


def epoch(take: Batches, generator: torch.Generator | None) -> list[Tensor]:
    order = torch.randperm(COUNT, generator=torch.Generator().manual_seed(1))
    return list(take.ahead(order.split(7), generator))


@pytest.mark.parametrize("name", variants("harness.data.transforms"))
@pytest.mark.parametrize("augmented", [True, False])
def test_same_seed_same_pixels_wherever_they_lie_and_whoever_makes_them(name: str, augmented: bool) -> None:
    found = []
    for pipeline, threads in (("resident", 0), ("streamed", 0), ("streamed", 1), ("streamed", 5)):
        generator = torch.Generator().manual_seed(3) if augmented else None
        take = batches(name, pipeline, threads)
        found.append(torch.cat([*epoch(take, generator), *epoch(take, generator)]))
    assert all(torch.equal(first, second) for first, second in pairwise(found))
    assert found[0].is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("name", variants("harness.data.transforms"))
def test_one_batch_is_an_epoch_of_one(name: str) -> None:
    take, index = batches(name), torch.tensor([5, 2, 9])
    first, second = torch.Generator().manual_seed(0), torch.Generator().manual_seed(0)
    assert torch.equal(take(index, first), next(take.ahead([index], second)))
    assert torch.equal(first.get_state(), second.get_state())


def test_without_augmentation_pixels_are_the_centre_squares() -> None:
    take = batches("random_resized_crop", "streamed")
    assert torch.equal(take(torch.arange(COUNT), None), images().pixels.float() / 255)


def test_an_epoch_that_is_left_ends_its_threads() -> None:
    take = batches("random_resized_crop")
    for _ in range(3):
        iterator = take.ahead(torch.arange(COUNT).split(2), torch.Generator())
        next(iterator)
        iterator.close()
    assert take(torch.arange(3), None).shape == (3, 3, SIZE, SIZE)


def test_what_fails_in_a_thread_is_raised_in_its_place() -> None:
    def work(item: int) -> int:
        if item == 3:
            raise ValueError("three")
        return item

    results = ahead(work, range(9), 2)
    assert [next(results) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(ValueError, match="three"):
        next(results)


def test_no_more_is_done_ahead_than_two_items_a_thread() -> None:
    begun: list[int] = []

    def items() -> Iterator[int]:
        for item in range(100):
            begun.append(item)
            yield item

    results = ahead(str, items(), 3)
    next(results)
    assert len(begun) == 7


@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic", "lanczos"])
@pytest.mark.parametrize("stored", [(60, 80), (375, 500), (20, 20), (500, 120)])
@pytest.mark.parametrize("size", [16, 96])
def test_crops_are_those_of_torchvision(interpolation: str, stored: tuple[int, int], size: int) -> None:
    """Equal to it on the uint8 image; on the PIL image to within one of 255 levels.

    Bicubic overshoots, and the two halves of torchvision round that differently: there, one value in a thousand may
    be further off.
    """
    picture = smooth(*stored)
    array, mode = np.array(picture), v2.InterpolationMode(interpolation)
    differences = []
    for crop in crops(torch.tensor(stored).expand(25, 2), torch.Generator().manual_seed(size)).tolist():
        ours = resized_crop(array, crop, size, interpolation)
        on_pil = v2.functional.resized_crop(picture, *crop, size=[size, size], interpolation=mode)
        differences.append((ours.int() - v2.functional.pil_to_tensor(on_pil).int()).abs())
        if interpolation != "lanczos":  # which torchvision has for PIL images alone
            tensor = v2.functional.pil_to_tensor(picture)
            on_tensor = v2.functional.resized_crop(tensor, *crop, size=[size, size], interpolation=mode)
            assert torch.equal(ours, on_tensor)
    further_off = (torch.stack(differences) > 1).double().mean()
    assert further_off <= (1e-3 if interpolation == "bicubic" else 0)


def test_a_batch_is_crop_then_flip_then_unit_range() -> None:
    """The whole way, image by image, with the draws made again."""
    take, index = batches("random_resized_crop"), torch.tensor([4, 0, 31, 8, 8])
    made = take(index, torch.Generator().manual_seed(5))
    generator = torch.Generator().manual_seed(5)
    stored = images().stored(None)
    drawn = crops(stored.sizes[index], generator)
    flips = torch.rand(len(index), 1, 1, 1, generator=generator).flatten() < 0.5
    assert flips.any()
    for image, position, crop, flipped in zip(made, index.tolist(), drawn.tolist(), flips, strict=True):
        tensor = v2.functional.pil_to_tensor(Image.fromarray(stored[position]))
        reference = v2.functional.resized_crop(
            tensor, *crop, size=[SIZE, SIZE], interpolation=v2.InterpolationMode.BICUBIC, antialias=True
        )
        reference = v2.functional.horizontal_flip(reference) if flipped else reference
        assert torch.equal(image, reference.float() / 255)


def test_what_is_reduced_first_is_cut_from_the_reduced_image() -> None:
    spec = Spec.model_validate({"transforms": {"name": "random_resized_crop", "short_side": 26}})
    take = Batches(spec, PLAIN, images(), CPU)
    index = torch.arange(COUNT)
    assert not torch.equal(
        take(index, torch.Generator().manual_seed(0)),
        batches("random_resized_crop")(index, torch.Generator().manual_seed(0)),
    )


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize("name", ["none", "crop_flip", "random_resized_crop"])
def test_a_gpu_sees_the_same_bytes_as_the_cpu(name: str) -> None:
    gpu, spec = torch.device("cuda:0"), Spec.model_validate({"transforms": {"name": name}})
    expected = epoch(batches(name), torch.Generator().manual_seed(3))
    for pipeline in ("resident", "streamed"):
        take = Batches(spec, PLAIN, images(pipeline), gpu)
        for mine, theirs in zip(epoch(take, torch.Generator().manual_seed(3)), expected, strict=True):
            torch.testing.assert_close(mine.cpu(), theirs, rtol=0, atol=1e-6)


@pytest.mark.parametrize("shape", [(64, 3, 224, 224), (7, 3, 32, 32), (1, 3, 9, 9), (0, 3, 32, 32)])
@pytest.mark.parametrize("memory_format", [torch.channels_last, torch.contiguous_format])
def test_bytes_are_normalised_at_once_bit_by_bit_as_step_by_step(
    shape: tuple[int, ...], memory_format: torch.memory_format
) -> None:
    pixels = torch.empty(shape, dtype=torch.uint8, memory_format=memory_format).random_(0, 256)
    normalise = Normalise(Preprocessing((0.485, 0.456, 0.406), (0.229, 0.224, 0.225), "bilinear"), torch.device("cpu"))
    found = normalise.stored(pixels)
    assert torch.equal(found, normalise(unit_range(pixels)))
    assert found.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("filter_", ["bilinear", "bicubic"])
def test_a_crop_has_the_pixels_of_torchvisions_resized_crop(filter_: str) -> None:
    random = np.random.default_rng(0)
    for size in (32, 96, 224):
        height, width = random.integers(40, 300, 2).tolist()
        image = random.integers(0, 256, (height, width, 3), np.uint8)
        crop = (3, 5, height - 10, width - 20)
        wanted = reference.resized_crop(
            torch.from_numpy(image).permute(2, 0, 1), *crop, size=[size, size], interpolation=InterpolationMode(filter_)
        )
        assert torch.equal(resized_crop(image, crop, size, filter_), wanted)
