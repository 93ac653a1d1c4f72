"""What the classes of the made data set are: an endless family of figures, of which each domain has its own."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from harness.spec.streams import derive

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
