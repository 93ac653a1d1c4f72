"""Corruptions: each is what the benchmark's scripts compute, for which scipy, colorsys and Pillow stand in."""

from __future__ import annotations

import colorsys
import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
import torch
from PIL import Image
from scipy import ndimage
from torch import Tensor

from harness.data.corruption_kinds import Level
from harness.spec.variants import load_variant, variants

KINDS = variants("harness.data.corruption_kinds")
SIZE = 32
Floats = npt.NDArray[np.float64]


def corrupted(kind: str, unit: Tensor, severity: int, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    found: Tensor = load_variant("harness.data.corruption_kinds", kind)(
        unit.clone(), Level(severity, unit.shape[-1]), generator
    )
    return found


@pytest.fixture
def unit() -> Tensor:
    """Two smooth coloured images with a grey and a black corner, values that uint8 holds."""
    waves = torch.linspace(0, 3, SIZE)
    image = torch.stack(
        [
            torch.outer(waves.sin().abs(), waves.cos().abs()),
            torch.outer(waves, waves) / 9,
            waves / 3 * torch.ones(SIZE, 1),
        ]
    )
    image[:, :8, :8] = 0.5
    image[:, -8:, -8:] = 0
    return (torch.stack([image, image.flip(2) * 0.7]) * 255).round() / 255


@pytest.mark.parametrize("kind", KINDS)
def test_a_higher_severity_moves_images_further(kind: str, unit: Tensor) -> None:
    moved = [float((corrupted(kind, unit, severity) - unit).abs().mean()) for severity in (1, 2, 3, 4, 5)]
    assert moved[0] > 0
    # Saturate first takes colour away and then adds some; box filters that nearly keep the size shift smooth images.
    if kind not in ("saturate", "pixelate"):
        assert moved[4] > moved[2] > moved[0]


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_draw_gives_the_same_images(kind: str, unit: Tensor) -> None:
    assert torch.equal(corrupted(kind, unit, 3), corrupted(kind, unit, 3))
    assert torch.equal(corrupted(kind, unit, 3), corrupted(kind, unit, 3, seed=1)) is not kind.endswith("_noise")


@pytest.mark.parametrize(
    ("size", "deviation"),
    [(16, 0.1), (32, 0.1), (45, 0.1), (46, 0.18), (64, 0.18), (96, 0.18), (128, 0.38), (224, 0.38)],
)
def test_strengths_are_those_of_the_set_of_nearest_size(size: int, deviation: float) -> None:
    grey = torch.full((4, 3, size, size), 0.5)
    assert float((corrupted("gaussian_noise", grey, 5) - grey).std()) == pytest.approx(deviation, rel=0.05)


def test_shot_noise_grows_with_the_root_of_the_light() -> None:
    for light in (0.25, 1.0):
        noise = corrupted("shot_noise", torch.full((8, 3, SIZE, SIZE), light), 5) - light
        assert float(noise.std()) == pytest.approx(math.sqrt(light / 50), rel=0.05)


def test_speckle_noise_grows_with_the_light() -> None:
    for light in (0.25, 1.0):
        noise = corrupted("speckle_noise", torch.full((8, 3, SIZE, SIZE), light), 5) - light
        assert float(noise.std()) == pytest.approx(0.2 * light, rel=0.05)


def test_impulse_noise_is_salt_and_pepper_in_equal_shares() -> None:
    struck = corrupted("impulse_noise", torch.full((8, 3, SIZE, SIZE), 0.5), 5)
    assert float((struck == 1).float().mean()) == pytest.approx(0.035, rel=0.15)
    assert float((struck == 0).float().mean()) == pytest.approx(0.035, rel=0.15)


def test_gaussian_blur_is_scipys(unit: Tensor) -> None:
    wanted = ndimage.gaussian_filter(unit.numpy(), (0, 0, 1, 1), mode="nearest", truncate=4.0)
    assert np.allclose(corrupted("gaussian_blur", unit, 5).numpy(), wanted, atol=2e-3)


def _clipped_zoom(image: Floats, factor: float) -> Floats:
    kept = math.ceil(SIZE / factor)
    top = (SIZE - kept) // 2
    larger = ndimage.zoom(image[:, top : top + kept, top : top + kept], (1, factor, factor), order=1)
    trim = (larger.shape[1] - SIZE) // 2
    found: Floats = larger[:, trim : trim + SIZE, trim : trim + SIZE]
    return found


@pytest.mark.parametrize(("severity", "end"), [(1, 1.06), (5, 1.26)])
def test_zoom_blur_is_scipys(unit: Tensor, severity: int, end: float) -> None:
    image = unit[0].double().numpy()
    zoomed = [_clipped_zoom(image, float(factor)) for factor in np.arange(1, end, 0.01)]
    wanted = np.mean([image, *zoomed], axis=0)
    assert np.allclose(corrupted("zoom_blur", unit, severity)[0].numpy(), wanted, atol=1e-4)


def _through_hsv(unit: Tensor, change: Callable[[float, float, float], tuple[float, float, float]]) -> Floats:
    pixels = unit.permute(0, 2, 3, 1).reshape(-1, 3).tolist()
    changed = np.array([colorsys.hsv_to_rgb(*change(*colorsys.rgb_to_hsv(*pixel))) for pixel in pixels])
    return changed.reshape(len(unit), SIZE, SIZE, 3).transpose(0, 3, 1, 2)


def test_brightness_adds_to_the_value(unit: Tensor) -> None:
    wanted = _through_hsv(unit, lambda hue, saturation, value: (hue, saturation, min(1, value + 0.3)))
    assert np.allclose(corrupted("brightness", unit, 5).numpy(), wanted, atol=1e-5)


@pytest.mark.parametrize(("severity", "factor", "more"), [(1, 0.3, 0.0), (3, 1.5, 0.0), (5, 2.5, 0.2)])
def test_saturate_changes_the_saturation_alone(unit: Tensor, severity: int, factor: float, more: float) -> None:
    wanted = _through_hsv(unit, lambda hue, saturation, value: (hue, min(1, factor * saturation + more), value))
    assert np.allclose(corrupted("saturate", unit, severity).numpy(), wanted, atol=1e-5)


def test_contrast_shrinks_distances_to_the_mean(unit: Tensor) -> None:
    changed = corrupted("contrast", unit, 5)
    assert torch.allclose(changed.mean((2, 3)), unit.mean((2, 3)), atol=1e-5)
    assert torch.allclose(changed.std((2, 3)), 0.15 * unit.std((2, 3)), atol=1e-5)


def test_pixelate_is_pillows_box_filter(unit: Tensor) -> None:
    image = Image.fromarray((unit[0].permute(1, 2, 0) * 255).round().byte().numpy())
    box = Image.Resampling.BOX
    wanted = np.asarray(image.resize((20, 20), box).resize((32, 32), box))
    assert np.array_equal((corrupted("pixelate", unit, 5)[0].permute(1, 2, 0) * 255).round().byte().numpy(), wanted)
