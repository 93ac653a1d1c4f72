"""Distances of every pixel from a figure's lines, for a batch of images at once."""

from __future__ import annotations

import math

import torch
from torch import Tensor

_SEGMENTS = 12


def distance_from_segment(x: Tensor, y: Tensor, start: Tensor, end: Tensor) -> Tensor:
    """Of the places x, y [N, S, S] from the segments between `start` and `end` [N, 2]."""
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
