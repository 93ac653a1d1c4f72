from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch.nn import functional
from torchvision.transforms import RandomResizedCrop
from torchvision.transforms.functional import adjust_brightness, adjust_contrast

from harness.data.transforms import random_resized_crop
from harness.data.transforms.crop_flip import crop_flip
from harness.data.transforms.mild import mild
from harness.spec.variants import load_variant, variants

Augment = Callable[[Tensor, torch.Generator], Tensor]
NAMES = variants("harness.data.transforms")


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def batch(count: int = 16, size: int = 32) -> Tensor:
    return torch.rand(count, 3, size, size, generator=generator(7))


def smooth(count: int = 16, size: int = 32) -> Tensor:
    return functional.interpolate(batch(count, 4), size=size, mode="bicubic").clamp(0, 1)


def test_the_four_schemes_are_there() -> None:
    assert {"none", "crop_flip", "random_resized_crop", "mild"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", [8, 32, 33])
def test_same_generator_same_pixels_same_shape_same_range(name: str, size: int) -> None:
    augment: Augment = load_variant("harness.data.transforms", name)
    images = batch(size=size)
    before = images.clone()
    first = augment(images, generator())
    assert torch.equal(first, augment(images, generator()))
    assert torch.equal(images, before)
    assert first.shape == images.shape
    assert first.dtype == images.dtype
    assert first.min() >= 0
    assert first.max() <= 1
    assert name == "none" or not torch.equal(first, augment(images, generator(1)))


@pytest.mark.parametrize("name", [name for name in NAMES if name != "none"])
def test_each_image_has_draws_of_its_own(name: str) -> None:
    augment: Augment = load_variant("harness.data.transforms", name)
    changed = augment(batch(1).expand(16, -1, -1, -1), generator())
    kinds = 2 if name == "random_resized_crop" else 8  # as it is, or flipped
    assert len({image.numpy().tobytes() for image in changed}) >= kinds


def test_none_draws_nothing() -> None:
    used = generator()
    load_variant("harness.data.transforms", "none")(batch(), used)
    assert torch.equal(used.get_state(), generator().get_state())


@pytest.mark.parametrize("size", [8, 32, 33])
def test_crop_flip_is_pad_crop_and_flip_image_by_image(size: int) -> None:
    images, pad = batch(64, size), size // 8
    draws = generator()
    tops = torch.randint(-pad, pad + 1, (64, 1), generator=draws) + pad
    lefts = torch.randint(-pad, pad + 1, (64, 1), generator=draws) + pad
    flips = torch.rand(64, 1, generator=draws) < 0.5
    expected = []
    for image, top, left, flip in zip(images, tops, lefts, flips, strict=True):
        padded = functional.pad(image[None], (pad, pad, pad, pad), mode="reflect")[0]
        crop = padded[:, int(top) : int(top) + size, int(left) : int(left) + size]
        expected.append(crop.flip(2) if flip else crop)
    assert torch.equal(crop_flip(images, generator()), torch.stack(expected))


def test_flips_keep_the_order_of_channels_in_memory() -> None:
    images = batch().contiguous(memory_format=torch.channels_last)
    changed = random_resized_crop.random_resized_crop(images, generator())
    assert changed.is_contiguous(memory_format=torch.channels_last)
    assert all(torch.equal(new, old) or torch.equal(new, old.flip(2)) for new, old in zip(changed, images, strict=True))


def test_flips_come_half_of_the_time() -> None:
    images = batch(400)
    changed = random_resized_crop.random_resized_crop(images, generator())
    flipped = torch.tensor([not torch.equal(*pair) for pair in zip(images, changed, strict=True)])
    assert torch.equal(changed[flipped], images[flipped].flip(3))
    assert 160 < flipped.sum() < 240


@pytest.mark.parametrize("size", [(64, 64), (375, 500), (8, 8), (120, 20), (20, 120)])
def test_crops_are_distributed_as_torchvisions(size: tuple[int, int]) -> None:
    """Means and deviations of top, left, height and width over many draws; all crops lie inside the image."""
    count = 4000
    drawn = random_resized_crop.crops(torch.tensor(size).expand(count, 2), generator())
    torch.manual_seed(0)
    canvas = torch.empty(3, *size)
    reference = torch.tensor([RandomResizedCrop.get_params(canvas, [0.08, 1.0], [3 / 4, 4 / 3]) for _ in range(count)])
    assert (drawn[:, 2:] >= 1).all()
    assert (drawn >= 0).all()
    assert (drawn[:, :2] + drawn[:, 2:] <= torch.tensor(size)).all()
    tolerance = torch.tensor([*size, *size]) * 0.02
    for statistic in (torch.mean, torch.std):
        difference = (statistic(drawn.double(), 0) - statistic(reference.double(), 0)).abs()
        assert (difference <= tolerance).all()


@pytest.mark.parametrize("size", [(20, 100), (100, 20), (64, 64)])
def test_where_no_part_fits_the_largest_central_one_is_taken(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(random_resized_crop, "SCALE", (4.0, 4.0))
    reference = RandomResizedCrop.get_params(torch.empty(3, *size), [4.0, 4.0], [3 / 4, 4 / 3])
    assert random_resized_crop.crops(torch.tensor([size]), generator()).tolist() == [list(reference)]


def test_mild_keeps_left_left_and_the_picture_in_place() -> None:
    images = smooth(64)
    changed = mild(images, generator())
    inside = (slice(None), slice(None), slice(6, 26), slice(6, 26))

    def likeness(first: Tensor, second: Tensor) -> Tensor:
        pairs = torch.stack([first[inside].flatten(1), second[inside].flatten(1)], 1)
        return torch.stack([torch.corrcoef(pair)[0, 1] for pair in pairs])

    assert likeness(changed, images).min() > 0.75
    assert (likeness(changed, images) > likeness(changed, images.flip(3))).float().mean() > 0.95


def test_mild_changes_light_as_torchvision_does(monkeypatch: pytest.MonkeyPatch) -> None:
    from harness.data.transforms import mild as module

    monkeypatch.setattr(module, "resample", lambda images, maps: images)
    grey = batch(4).mean(1, keepdim=True).expand(-1, 3, -1, -1)
    changed = mild(grey, generator())
    brightness, contrast = 1 + (torch.rand(6, 4, generator=generator()) * 2 - 1)[4:] * 0.1
    for index in range(4):
        reference = adjust_brightness(grey[index], float(brightness[index]))
        lit = adjust_contrast(reference, float(contrast[index]))
        torch.testing.assert_close(changed[index], lit, atol=0.02, rtol=0)
