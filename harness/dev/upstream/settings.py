"""How each bundled model is pretrained."""

from __future__ import annotations

from dataclasses import dataclass, field

MEAN = (0.5, 0.5, 0.5)
STD = (0.25, 0.25, 0.25)
SIZE = 32


@dataclass(frozen=True)
class Setting:
    """The recipe of one model.

    `structure` is what its constructor takes beside the number of classes, whoever makes it later; `start` what it
    takes for pretraining alone.
    """

    lr: float
    epochs: int
    batch_size: int = 128
    weight_decay: float = 0.05
    warmup_epochs: int = 1
    label_smoothing: float = 0.1
    structure: dict[str, int] = field(default_factory=dict)
    start: dict[str, str] = field(default_factory=dict)


SETTINGS = {
    "test_efficientnet": Setting(lr=3e-3, epochs=8),
    "test_resnet": Setting(lr=3e-3, epochs=6),
    "test_vit": Setting(
        lr=3e-3,
        epochs=18,
        label_smoothing=0.0,
        structure={"img_size": SIZE, "patch_size": 8},  # at 4 it would take four times as long
        start={"weight_init": "jax"},  # from timm's default of a narrow normal it hardly learns in this time
    ),
    "test_convnext": Setting(lr=4e-3, epochs=14, batch_size=64, label_smoothing=0.0),
}
