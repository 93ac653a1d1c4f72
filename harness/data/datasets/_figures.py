"""A generated image set: figures on backgrounds, drawn from a seed."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from harness.spec.streams import derive

_SEGMENTS = 12


def distance_from_segment(x: Tensor, y: Tensor, start: Tensor, end: Tensor) -> Tensor:
    """Distances [N, S, S] of places from the segments between `start` and `end`.

    Args:
        x: places, float [N, S, S].
        y: places, float [N, S, S].
        start: of the segments, [N, 2].
        end: of the segments, [N, 2].
    """
    span = (end - start)[:, :, None, None]
    across, down = x - start[:, 0, None, None], y - start[:, 1, None, None]
    length = (span[:, 0] ** 2 + span[:, 1] ** 2).clamp(min=1e-9)
    along = ((across * span[:, 0] + down * span[:, 1]) / length).clamp(0, 1)
    return torch.hypot(across - along * span[:, 0], down - along * span[:, 1])


def _corners(points: Tensor) -> Tensor:
    """Corners [N, C, 2] along the quadratic B-spline of control points [N, P, 2]."""
    pulls = points[:, 1:-1]
    middles = (pulls[:, 1:] + pulls[:, :-1]) / 2
    starts = torch.cat([points[:, :1], middles], 1)
    ends = torch.cat([middles, points[:, -1:]], 1)
    steps = _SEGMENTS // pulls.shape[1]
    time = (torch.arange(steps, dtype=points.dtype) / steps)[:, None]
    pieces = (
        (1 - time) ** 2 * starts[:, :, None] + 2 * time * (1 - time) * pulls[:, :, None] + time**2 * ends[:, :, None]
    )
    return torch.cat([pieces.flatten(1, 2), points[:, -1:]], 1)


def distance_from_curve(x: Tensor, y: Tensor, points: Tensor) -> Tensor:
    """Of the places x, y [N, S, S] from the smooth curve that control points [N, P, 2] pull."""
    corners = _corners(points)
    nearest = torch.full_like(x, math.inf)
    for start, end in zip(corners[:, :-1].unbind(1), corners[:, 1:].unbind(1), strict=True):
        nearest = torch.minimum(nearest, distance_from_segment(x, y, start, end))
    return nearest


def depth_in_contour(x: Tensor, y: Tensor, coefficients: Tensor) -> Tensor:
    """How far inside a closed contour the places x, y [N, S, S] lie, along the ray from the centre.

    `coefficients` [N, 2, H] are those of the cosines and sines that the radius adds to 0.75 over the angle.
    """
    angle = torch.atan2(y, x)
    radius = torch.full_like(x, 0.75)
    for harmonic, (cosine, sine) in enumerate(coefficients[:, :, :, None, None].permute(2, 1, 0, 3, 4), start=1):
        radius += cosine * (harmonic * angle).cos() + sine * (harmonic * angle).sin()
    return radius.clamp(min=0.15) - torch.hypot(x, y)


_KINDS = ("filled", "outline", "strokes", "strokes")  # strokes most often: they are what writing is made of
_HARMONICS = 5
_POINTS = 5


@dataclass(frozen=True, eq=False)
class Figure:
    """The identity of one class.

    `kind` is filled, outline or strokes. `contour` [2, H] are the Fourier coefficients of the radius over the angle,
    `points` [P, 2] the control points of a stroke, both in units of the figure's half size. `frequency` (waves over
    two units) and `orientation` (radians) are those of its stripes, `hues` [2] (0..1) its colours.
    """

    kind: str
    contour: Tensor
    points: Tensor
    frequency: float
    orientation: float
    hues: Tensor


def figure(domain: str, index: int) -> Figure:
    """Class `index` of a domain; the classes of different domains are different draws from one family."""
    generator = torch.Generator().manual_seed(derive("made", domain, "figure", str(index)))

    def uniform(*shape: int) -> Tensor:
        return torch.rand(*shape, generator=generator, dtype=torch.float64)

    kind = _KINDS[int(uniform(1) * len(_KINDS))]
    contour = (uniform(2, _HARMONICS) * 2 - 1) / torch.arange(1, _HARMONICS + 1) ** 0.5
    contour[:, 0] *= 0.3  # the first harmonic only moves the figure
    contour *= 0.5 / contour.norm()
    angles, radii = uniform(_POINTS) * 2 * math.pi, 0.5 + 0.5 * uniform(_POINTS)
    points = torch.stack([angles.cos() * radii, angles.sin() * radii], 1)
    low, high = points.aminmax(dim=0)
    points = (points - (low + high) / 2) * (1.8 / (high - low).max())  # as large as a contour
    frequency, orientation = (2 + 4 * uniform(1)).item(), (math.pi * uniform(1)).item()
    return Figure(kind, contour, points, frequency, orientation, uniform(2))


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


def _blend(below: Tensor, above: Tensor, cover: Tensor) -> Tensor:
    """Of two colours or images [N, 3, *, *], by the fraction `cover` [N, S, S] of the upper: [N, 3, S, S]."""
    return below + (above - below) * cover[:, None]


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

    Args:
        figure: what is drawn.
        count: how many images.
        size: side in pixels.
        generator: of all that changes.
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
