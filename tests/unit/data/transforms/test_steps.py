"""The steps after the geometry: timm's own operations and torchvision's are the reference, image by image."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from timm.data import auto_augment as timm_augment
from timm.data.random_erasing import RandomErasing
from torch import Tensor
from torch.nn import functional
from torchvision.transforms.v2.functional import adjust_brightness, adjust_contrast, adjust_saturation

from harness.data.transforms import STEPS, augmentation
from harness.data.transforms._steps import OPERATIONS, color_jitter, rand_augment, random_erasing
from harness.spec.rules import faults
from harness.spec.spec import Spec, Transforms
from harness.spec.variants import load_variant, variants

STRENGTH = {"color_jitter": 0.4, "rand_augment": 9.0, "random_erasing": 1.0}
NAMES = (
    ("AutoContrast", 2), ("Equalize", 2), ("Invert", 2), ("Rotate", 12), ("PosterizeIncreasing", 2),
    ("SolarizeIncreasing", 2), ("SolarizeAdd", 2), ("ColorIncreasing", 2), ("ContrastIncreasing", 2),
    ("BrightnessIncreasing", 2), ("SharpnessIncreasing", 2), ("ShearX", 12), ("ShearY", 12),
    ("TranslateXRel", 12), ("TranslateYRel", 12),
)  # fmt: skip
"""timm's names in our order, and how far a pixel may be off, of 255: more where pixels are resampled."""


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def pictures(count: int = 8, size: int = 32) -> Tensor:
    """Smooth colour images on 256 levels."""
    coarse = torch.rand(count, 3, 5, 5, generator=generator(3))
    fine = functional.interpolate(coarse, size=size, mode="bicubic").clamp(0, 1)
    return (fine * 255).round() / 255


def as_pil(image: Tensor) -> Image.Image:
    return Image.fromarray((image * 255).round().to(torch.uint8).permute(1, 2, 0).numpy())


def test_every_step_is_a_key_and_every_key_a_step() -> None:
    assert set(STEPS) == set(variants("harness.data.transforms._steps")) <= set(Transforms.model_fields)


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("size", [8, 33])
def test_same_generator_same_pixels_same_shape_same_range(name: str, size: int) -> None:
    step, images = load_variant("harness.data.transforms._steps", name), pictures(16, size)
    before = images.clone()
    first = step(images, generator(), STRENGTH[name])
    assert torch.equal(first, step(images, generator(), STRENGTH[name]))
    assert not torch.equal(first, step(images, generator(1), STRENGTH[name]))
    assert torch.equal(images, before)
    assert first.shape == images.shape
    assert first.min() >= 0
    assert first.max() <= 1
    alike = step(images[:1].expand(64, -1, -1, -1), generator(), STRENGTH[name])
    assert len({image.numpy().tobytes() for image in alike}) > 24


def test_rand_augment_has_all_of_timms_operations_in_its_order() -> None:
    assert [name for name, _ in NAMES] == timm_augment._RAND_INCREASING_TRANSFORMS
    assert len(OPERATIONS) == len(NAMES)


@pytest.mark.parametrize("number", range(len(NAMES)), ids=[name for name, _ in NAMES])
@pytest.mark.parametrize("magnitude", [3.0, 9.0])
@pytest.mark.parametrize("way", [-1.0, 1.0])
def test_each_operation_does_what_timms_does(
    number: int, magnitude: float, way: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, tolerance = NAMES[number]
    monkeypatch.setattr(timm_augment, "_randomly_negate", lambda value: way * value)
    level = timm_augment.LEVEL_TO_ARG[name]
    arguments = level(magnitude, {}) if level else ()
    arguments = arguments if isinstance(arguments, tuple) else (arguments,)
    images = pictures()
    ours = OPERATIONS[number](images, torch.full((8,), magnitude / 10), torch.full((8,), way))
    for image, changed in zip(images, ours, strict=True):
        options: dict[str, Any] = {"resample": Image.Resampling.BILINEAR, "fillcolor": (124, 116, 104)}
        reference = timm_augment.NAME_TO_OP[name](as_pil(image), *arguments, **options)
        difference = np.abs(np.asarray(reference, np.float32) - 255 * changed.permute(1, 2, 0).numpy())
        # PIL drops, and does not blend with the fill, the half pixel at the edge of a moved image.
        assert np.quantile(difference, 0.9 if tolerance > 2 else 0.995) <= tolerance
        assert difference.mean() < tolerance / 2


def test_rand_augment_leaves_as_many_images_alone_as_it_should() -> None:
    """Each of two operations is left out with probability one half; some that are applied change nothing."""
    images = pictures(1).expand(2000, -1, -1, -1)
    kept = (rand_augment(images, generator(), 9.0) == images).flatten(1).all(1).float().mean()
    assert 0.23 < kept < 0.33


def test_a_larger_magnitude_moves_pixels_further() -> None:
    images = pictures(1).expand(500, -1, -1, -1)
    distances = [(rand_augment(images, generator(), size) - images).abs().mean() for size in (1.0, 5.0, 9.0)]
    assert distances[0] < distances[1] < distances[2]


def test_erasing_erases_one_rectangle_of_timms_sizes_as_often_as_asked() -> None:
    images = torch.full((2000, 3, 32, 32), 2.0)
    for probability in (0.25, 1.0):
        erased = (random_erasing(images, generator(), probability) != 2).all(1)
        hit = erased.flatten(1).any(1)
        assert abs(float(hit.float().mean()) - probability) < 0.03
    rows, columns = erased.any(2).sum(1), erased.any(1).sum(1)
    assert torch.equal(erased.sum((1, 2)), rows * columns)
    eraser = RandomErasing(1.0, device="cpu")
    reference = (_erased_by(eraser, 1000) == 0).all(1)
    share = [mask.float().mean((1, 2)) for mask in (erased, reference)]
    assert abs(float(share[0].mean() - share[1].mean())) < 0.01
    assert abs(float(share[0].std() - share[1].std())) < 0.01
    edges = erased.float().mean(0)
    assert edges[0, 16] < edges[16, 16]
    assert abs(float(edges[:16].mean() - edges[16:].mean())) < 0.01


def _erased_by(eraser: RandomErasing, count: int) -> Tensor:
    import random

    random.seed(0)
    images = torch.ones(count, 3, 32, 32)
    eraser(images)
    return images


def test_colour_jitter_is_torchvisions() -> None:
    images = pictures()
    changed = color_jitter(images, generator(), 0.4)
    factors = 1 + 0.4 * (2 * torch.rand(3, 8, generator=generator()) - 1)
    for index, image in enumerate(images):
        lit = adjust_brightness(image, float(factors[0, index]))
        reference = adjust_saturation(adjust_contrast(lit, float(factors[1, index])), float(factors[2, index]))
        torch.testing.assert_close(changed[index], reference, atol=1e-5, rtol=0)


def test_the_steps_follow_the_geometry_in_their_order() -> None:
    spec = Transforms(name="crop_flip", color_jitter=0.4, rand_augment=9, random_erasing=0.25)
    draws, images = generator(), pictures()
    expected = load_variant("harness.data.transforms", "crop_flip")(images, draws)
    for step in STEPS:
        expected = load_variant("harness.data.transforms._steps", step)(expected, draws, getattr(spec, step))
    assert torch.equal(augmentation(spec)(images, generator()), expected)


def test_without_steps_nothing_is_drawn_beyond_the_geometry() -> None:
    first, second = generator(), generator()
    load_variant("harness.data.transforms", "crop_flip")(pictures(), first)
    augmentation(Transforms(name="crop_flip"))(pictures(), second)
    assert torch.equal(first.get_state(), second.get_state())


@pytest.mark.parametrize("step", STEPS)
def test_a_probe_refuses_what_it_could_not_do(step: str) -> None:
    fields = {"transfer": {"name": "linear_probe"}, "transforms": {step: STRENGTH[step]}}
    assert any(f"transforms.{step}" in fault for fault in faults(Spec.model_validate(fields)))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize("name", STEPS)
def test_every_device_sees_the_same_pixels(name: str) -> None:
    step: Callable[..., Tensor] = load_variant("harness.data.transforms._steps", name)
    here = step(pictures(), generator(), STRENGTH[name])
    there = step(pictures().cuda(), generator(), STRENGTH[name]).cpu()
    assert float(((here - there).abs() > 1 / 255).float().mean()) < 0.001
    assert math.isclose(float(here.mean()), float(there.mean()), abs_tol=1e-4)
