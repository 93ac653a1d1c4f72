from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch.nn import functional
from torchvision.transforms import RandomResizedCrop
from torchvision.transforms.functional import adjust_brightness, adjust_contrast, resized_crop

from harness.spec.variants import load_variant, variants
from harness.transforms import resized_crop as resized_crop_module
from harness.transforms.crop_flip import crop_flip
from harness.transforms.mild import mild

Augment = Callable[[Tensor, torch.Generator], Tensor]
NAMES = variants("harness.transforms")


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def batch(count: int = 16, size: int = 32) -> Tensor:
    return torch.rand(count, 3, size, size, generator=generator(7))


def smooth(count: int = 16, size: int = 32) -> Tensor:
    return functional.interpolate(batch(count, 4), size=size, mode="bicubic").clamp(0, 1)


def test_the_four_schemes_are_there() -> None:
    assert {"none", "crop_flip", "resized_crop", "mild"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", [8, 32, 33])
def test_same_generator_same_pixels_same_shape_same_range(name: str, size: int) -> None:
    augment: Augment = load_variant("harness.transforms", name)
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
    augment: Augment = load_variant("harness.transforms", name)
    changed = augment(batch(1).expand(16, -1, -1, -1), generator())
    assert len({image.numpy().tobytes() for image in changed}) > 8


def test_none_draws_nothing() -> None:
    used = generator()
    load_variant("harness.transforms", "none")(batch(), used)
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


def test_resized_crop_takes_the_part_that_torchvision_would(monkeypatch: pytest.MonkeyPatch) -> None:
    """With area and ratio fixed to a quarter of the image, each result is one of the crops there can be."""
    monkeypatch.setattr(resized_crop_module, "SCALE", (0.25, 0.25))
    monkeypatch.setattr(resized_crop_module, "RATIO", (1.0, 1.0))
    ramp = torch.linspace(0, 1, 64).expand(64, 64)
    images = torch.stack([ramp, ramp.T, ramp]).expand(32, -1, -1, -1)
    changed = resized_crop_module.resized_crop(images, generator())
    for image in changed:
        horizontal = image[0] if image[0, 0, -1] > image[0, 0, 0] else image[0].flip(1)
        left, top = (horizontal[0, 0] * 63).round().int(), (image[1, 0, 0] * 63).round().int()
        reference = resized_crop(images[0], int(top), int(left), 32, 32, [64, 64], antialias=True)
        torch.testing.assert_close(horizontal, reference[0], atol=0.02, rtol=0)
        torch.testing.assert_close(image[1], reference[1], atol=0.02, rtol=0)


def test_resized_crop_covers_as_much_as_torchvision_does() -> None:
    """The slope of a ramp tells the width of the part: its mean over many draws is torchvision's."""
    ramp = torch.linspace(0, 1, 64).expand(4000, 3, 64, 64)
    changed = resized_crop_module.resized_crop(ramp, generator())
    widths = (changed[:, 0, 0, 40] - changed[:, 0, 0, 24]).abs() * 63 / 16
    torch.manual_seed(0)
    reference = torch.tensor(
        [RandomResizedCrop.get_params(ramp[0], [0.08, 1.0], [3 / 4, 4 / 3])[3] / 64 for _ in range(4000)]
    )
    assert abs(widths.mean() - reference.mean()) < 0.02
    assert abs(widths.std() - reference.std()) < 0.02


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
    from harness.transforms import mild as module

    monkeypatch.setattr(module, "resample", lambda images, maps: images)
    grey = batch(4).mean(1, keepdim=True).expand(-1, 3, -1, -1)
    changed = mild(grey, generator())
    brightness, contrast = 1 + (torch.rand(6, 4, generator=generator()) * 2 - 1)[4:] * 0.1
    for index in range(4):
        reference = adjust_brightness(grey[index], float(brightness[index]))
        lit = adjust_contrast(reference, float(contrast[index]))
        torch.testing.assert_close(changed[index], lit, atol=0.02, rtol=0)
