"""What is combined: five axes, and the sample of their product that holds every pair of values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import product

from covertable import make

from harness.dev.matrix.standins import STANDINS
from harness.spec.paths import configuration_folder
from harness.spec.variants import variants

ARCHITECTURES = (
    "timm:test_resnet",
    "timm:test_efficientnet",
    "timm:test_vit",
    "timm:test_convnext",
    "timm:lcnet_035",
    "torchvision:squeezenet1_1",
)
"""One of each kind: residual, inverted residual, transformer, composite head, depthwise, convolutional head."""


@dataclass(frozen=True, order=True)
class Combination:
    """One combination."""

    profile: str
    transfer: str
    creation: str
    architecture: str
    data: str

    def as_row(self) -> dict[str, str]:
        """Its fields by name."""
        return asdict(self)


def axes() -> dict[str, list[str]]:
    """The values of each axis, by its field of `Combination`; a user's own creation function is none of them."""
    profiles = sorted(file.stem for file in (configuration_folder() / "profile").glob("*.yaml"))
    return {
        "profile": profiles,
        "transfer": list(variants("harness.training.transfer")),
        "creation": [name for name in variants("harness.model.creation") if name != "custom"],
        "architecture": list(ARCHITECTURES),
        "data": list(STANDINS),
    }


def whole() -> Iterator[Combination]:
    """Every combination."""
    found = axes()
    return (Combination(**dict(zip(found, values, strict=True))) for values in product(*found.values()))


def covering() -> list[Combination]:
    """The fewest combinations, found greedily, in which every pair of values of two axes occurs."""
    return sorted(Combination(**row) for row in make(axes(), strength=2))
