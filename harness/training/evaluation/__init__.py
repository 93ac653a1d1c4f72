"""How the test part is evaluated: properly, with a mistake that people make, or a planted one. One variant a file.

A variant is a function `(spec, proper) -> Handling`: from the run's spec and what is right for its weights to what is
done instead. Training and validation are always proper, so that arms that differ here share their training.
"""

from __future__ import annotations

from dataclasses import dataclass

from harness.model.preprocessing import Preprocessing


@dataclass(frozen=True)
class Handling:
    """How stored images become inputs, and how the network is called.

    The centre square, or of it the share `preprocessing.crop` of its side, is resized by
    `preprocessing.interpolation`; `squashed` resizes the whole image instead, whatever its shape. Pixels in 0..1 are
    multiplied by `factor`, put into the order of `channels`, and normalised `passes` times. `train_mode` leaves the
    network in training mode, `gradients` leaves `torch.no_grad` out with every parameter requiring gradients, as a
    freshly loaded model's do. Of the answers, the share `flipped` is exchanged for another.
    """

    preprocessing: Preprocessing
    squashed: bool = False
    factor: float = 1.0
    channels: tuple[int, int, int] = (0, 1, 2)
    passes: int = 1
    train_mode: bool = False
    gradients: bool = False
    flipped: float = 0.0
