"""Pixels of the made data set: one figure, drawn many times under changing circumstances."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from harness.data.datasets._made.figure import Figure
from harness.data.datasets._made.geometry import depth_in_contour, distance_from_curve, distance_from_segment


class _Draw:
    """Uniform numbers in double precision, so that no difference between vector units reaches a pixel.

    The first `shape` of a call is one entry an image.
    """

    def __init__(self, generator: torch.Generator, count: int) -> None:
        self._generator, self._count = generator, count

    def __call__(self, low: float, high: float, *shape: int) -> Tensor:
        unit = torch.rand(self._count, *shape, generator=self._generator, dtype=torch.float64)
        return low + (high - low) * unit

    def plane(self, low: float, high: float) -> Tensor:
        """One number an image, to be spread over its pixels: [N, 1, 1]."""
        return self(low, high)[:, None, None]


def _colour(hue: Tensor, saturation: Tensor, value: Tensor) -> Tensor:
    """RGB [N, 3] of hue, saturation and value [N], the circle of hues made of three cosines."""
    offsets = torch.tensor([0.0, 1 / 3, 2 / 3], dtype=hue.dtype)
    wave = 0.5 + 0.5 * torch.cos(2 * math.pi * (hue[:, None] - offsets))
    return value[:, None] * (1 - saturation[:, None] * (1 - wave))


def _blend(below: Tensor, above: Tensor, share: Tensor) -> Tensor:
    """Of two colours or images [N, 3, *, *], by the `share` [N, S, S] of the upper: [N, 3, S, S]."""
    return below + (above - below) * share[:, None]


def _waves(x: Tensor, y: Tensor, frequency: Tensor, orientation: Tensor, phase: Tensor) -> Tensor:
    """Stripes in 0..1 [N, S, S] with `frequency` [N] waves over two units of length."""
    along = x * orientation.cos()[:, None, None] + y * orientation.sin()[:, None, None]
    return 0.5 + 0.5 * torch.sin(math.pi * frequency[:, None, None] * along + phase[:, None, None])


def _depth(figure: Figure, x: Tensor, y: Tensor, draw: _Draw) -> Tensor:
    """How deep in the deformed figure's ink each pixel lies, negative outside, in units of the figure's size."""
    width = draw.plane(0.1, 0.2)
    if figure.kind == "strokes":
        points = figure.points + draw(-0.12, 0.12, *figure.points.shape)
        return width - distance_from_curve(x, y, points)
    depth = depth_in_contour(x, y, figure.contour + draw(-0.05, 0.05, *figure.contour.shape))
    return width - depth.abs() if figure.kind == "outline" else depth


def render(figure: Figure, count: int, size: int, generator: torch.Generator) -> Tensor:
    """`count` images of one figure as uint8 [count, 3, size, size].

    What changes from image to image: place, size, rotation, deformation, width of strokes, sharpness, colours and
    polarity (light on dark or dark on light), contrast of the stripes, the background's pattern and the line that
    crosses it, contrast and noise. A quarter of the images are grey.
    """
    draw = _Draw(generator, count)
    centres = (torch.arange(size, dtype=torch.float64) + 0.5) * (2 / size) - 1
    down, across = torch.meshgrid(centres, centres, indexing="ij")

    scale, turn = draw.plane(0.45, 0.8), draw.plane(-0.4, 0.4)
    moved_x, moved_y = ((axis - draw.plane(-0.3, 0.3)) / scale for axis in (across, down))
    x, y = moved_x * turn.cos() + moved_y * turn.sin(), moved_y * turn.cos() - moved_x * turn.sin()
    edge = (draw.plane(0, 1) ** 2 * 0.25).clamp(min=2 / size)  # never sharper than a pixel
    cover = (_depth(figure, x, y, draw) * scale / edge + 0.5).clamp(0, 1)

    light_on_dark = draw(0, 1) < 0.5
    strong, weak = draw(0.6, 1.0), draw(0.0, 0.35)
    ink, ground = torch.where(light_on_dark, strong, weak), torch.where(light_on_dark, weak, strong)

    def colour(hue: Tensor, saturation: float, value: Tensor) -> Tensor:
        return _colour(hue, draw(0, saturation), value)[:, :, None, None]

    hues = figure.hues + draw(-0.12, 0.12, 2)
    stripes = _waves(
        x, y, figure.frequency * draw(0.9, 1.1), figure.orientation + draw(-0.1, 0.1), draw(0, 2 * math.pi)
    )
    stripe_value = torch.where(light_on_dark, ink * 0.5, ink + 0.25)  # towards the background
    inner = _blend(colour(hues[:, 0], 0.8, ink), colour(hues[:, 1], 0.8, stripe_value), stripes * draw.plane(0, 1))

    pattern = _waves(across, down, draw(0.5, 5), draw(0, math.pi), draw(0, 2 * math.pi))
    outer = _blend(colour(draw(0, 1), 0.6, ground), colour(draw(0, 1), 0.6, ground), pattern * draw.plane(0, 1))
    start = draw(-1.1, 1.1, 2)
    line = draw.plane(0.02, 0.1) - distance_from_segment(across, down, start, start + draw(-1, 1, 2))
    value = ink * draw(0, 1) + ground * draw(0, 1)
    outer = _blend(outer, colour(draw(0, 1), 0.8, value), (line / edge + 0.5).clamp(0, 1))

    image = _blend(outer, inner, cover)
    grey = draw.plane(0, 1)[:, None] < 0.25
    image = torch.where(grey, image.mean(1, keepdim=True), image)
    image = (image - 0.5) * draw.plane(0.6, 1.0)[:, None] + 0.5 + draw.plane(-0.1, 0.1)[:, None]
    image += draw(-1, 1, 3, size, size) * draw.plane(0.02, 0.12)[:, None]
    return (image.clamp(0, 1) * 255).round().to(torch.uint8)
