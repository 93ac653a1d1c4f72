"""Operations on images, as PIL and timm have them: light and colour, curves of brightness, geometry.

Each takes and gives float images [N, 3, H, W] in 0..1; strengths are one number an image, [N].
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample
from torchvision.transforms.v2 import functional
from torchvision.transforms.v2.functional import adjust_sharpness, rgb_to_grayscale


def _blend(batch: Tensor, plain: Tensor, factor: Tensor) -> Tensor:
    return (plain + (batch - plain) * factor[:, None, None, None]).clamp(0, 1)


def brightness(batch: Tensor, factor: Tensor) -> Tensor:
    """Against black."""
    return _blend(batch, batch.new_zeros(()), factor)


def contrast(batch: Tensor, factor: Tensor) -> Tensor:
    """Against the mean of the image in grey."""
    return _blend(batch, rgb_to_grayscale(batch).mean((1, 2, 3), keepdim=True), factor)


def color(batch: Tensor, factor: Tensor) -> Tensor:
    """Against the image in grey: saturation."""
    return _blend(batch, rgb_to_grayscale(batch), factor)


def sharpness(batch: Tensor, factor: Tensor) -> Tensor:
    """Against the image smoothed over 3 × 3 pixels."""
    return _blend(batch, adjust_sharpness(batch, 0.0), factor)


_TOP = 255


def auto_contrast(batch: Tensor) -> Tensor:
    """Each channel is spread over the whole range."""
    spread: Tensor = functional.autocontrast(batch)
    return spread


def equalize(batch: Tensor) -> Tensor:
    """Each channel's histogram is made flat."""
    flat: Tensor = functional.equalize((batch * _TOP).round().to(torch.uint8))
    return flat.to(batch) / _TOP


def invert(batch: Tensor) -> Tensor:
    """Black becomes white."""
    return 1 - batch


def posterize(batch: Tensor, bits: Tensor) -> Tensor:
    """As many of the eight bits are kept, [N]."""
    step = 2 ** (8 - bits)[:, None, None, None]
    return ((batch * _TOP).round() / step).floor() * step / _TOP


def solarize(batch: Tensor, threshold: Tensor) -> Tensor:
    """What is at or above a threshold [N] of 256 is inverted."""
    return torch.where((batch * _TOP).round() >= threshold[:, None, None, None], 1 - batch, batch)


def solarize_add(batch: Tensor, add: Tensor) -> Tensor:
    """What is in the darker half gets `add` [N] of 256 levels brighter."""
    lighter = (batch + add[:, None, None, None] / _TOP).clamp(max=1)
    return torch.where((batch * _TOP).round() < 128, lighter, batch)


FILL = (124 / 255, 116 / 255, 104 / 255)


def _resample(batch: Tensor, rows: list[list[Tensor | float]]) -> Tensor:
    """Bilinear, by one affine map of output to input coordinates (-1 to 1 over the side) for each image."""
    count = len(batch)
    maps = torch.stack(
        [torch.stack([torch.as_tensor(entry).to(batch).expand(count) for entry in row], 1) for row in rows], 1
    )
    fill = batch.new_tensor(FILL)[:, None, None]
    grid = affine_grid(maps, list(batch.shape), align_corners=False)
    # Zeros are what lies outside, so that the fill has to be zero while sampling.
    moved = grid_sample(batch - fill, grid, mode="bilinear", align_corners=False) + fill
    return moved.clamp(0, 1)  # the detour over the fill rounds


def rotate(batch: Tensor, angle: Tensor) -> Tensor:
    """Counter-clockwise about the centre, by radians [N]."""
    return _resample(batch, [[angle.cos(), -angle.sin(), 0.0], [angle.sin(), angle.cos(), 0.0]])


def shear_x(batch: Tensor, factor: Tensor) -> Tensor:
    """Each row goes left by `factor` [N] of its distance from the top."""
    return _resample(batch, [[1.0, factor, factor], [0.0, 1.0, 0.0]])


def shear_y(batch: Tensor, factor: Tensor) -> Tensor:
    """Each column goes up by `factor` [N] of its distance from the left."""
    return _resample(batch, [[1.0, 0.0, 0.0], [factor, 1.0, factor]])


def translate_x(batch: Tensor, fraction: Tensor) -> Tensor:
    """To the left by a fraction [N] of the side."""
    return _resample(batch, [[1.0, 0.0, 2 * fraction], [0.0, 1.0, 0.0]])


def translate_y(batch: Tensor, fraction: Tensor) -> Tensor:
    """Upwards by a fraction [N] of the side."""
    return _resample(batch, [[1.0, 0.0, 0.0], [0.0, 1.0, 2 * fraction]])
