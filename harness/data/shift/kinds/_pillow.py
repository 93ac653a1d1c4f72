"""What is done to images one by one in Pillow."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from PIL import Image
from torch import Tensor


def each(unit: Tensor, change: Callable[[Image.Image], Image.Image]) -> Tensor:
    """`change` applied to each image of a batch [N, 3, S, S] in 0..1."""
    stored = (unit * 255).round().to(torch.uint8).permute(0, 2, 3, 1).contiguous().numpy()
    changed = np.stack([np.asarray(change(Image.fromarray(image))) for image in stored])
    return torch.from_numpy(changed).permute(0, 3, 1, 2).float() / 255
