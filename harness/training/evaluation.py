"""How the test part is evaluated: properly, with a mistake that people make, or with a positive control.

A variant is a function `(spec, proper) -> Handling`: from the run's spec and what is right for its weights to what is
done instead. Training and validation are always proper, so that methods that differ here share their training.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from timm.data import IMAGENET_DEFAULT_MEAN, IMAGENET_DEFAULT_STD, IMAGENET_INCEPTION_MEAN, IMAGENET_INCEPTION_STD
from torchvision.models import get_model_weights

from harness.model.pretrained import Preprocessing
from harness.model.weights.torchvision import choose, stated
from harness.spec.errors import ImpossibleConfiguration
from harness.spec.spec import Spec


@dataclass(frozen=True)
class TestHandling:
    """How stored images become inputs, and how the network is called.

    Pixels come from an image as `preprocessing` says; in 0..1 they are multiplied by `factor`, put into the order of
    `channels`, and normalised `passes` times. `train_mode` leaves the network in training mode, `gradients` leaves
    `torch.no_grad` out with every parameter requiring gradients, as a freshly loaded model's do. Of the answers, the
    fraction `flipped` is exchanged for another.
    """

    preprocessing: Preprocessing
    factor: float = 1.0
    channels: tuple[int, int, int] = (0, 1, 2)
    passes: int = 1
    train_mode: bool = False
    gradients: bool = False
    flipped: float = 0.0


def proper(spec: Spec, proper: TestHandling) -> TestHandling:
    """Eval mode, no gradients, and the preprocessing that belongs to the weights."""
    return proper


def train_mode(spec: Spec, proper: TestHandling) -> TestHandling:
    """BatchNorm normalises by the batch at hand, `evaluation.batch_size` images, and dropout is at work."""
    return replace(proper, train_mode=True)


def with_grad(spec: Spec, proper: TestHandling) -> TestHandling:
    """The same predictions; every activation is kept for a backward pass that never comes."""
    return replace(proper, gradients=True)


def bgr(spec: Spec, proper: TestHandling) -> TestHandling:
    """Blue, green, red, as `cv2.imread` gives them, for weights that expect red, green, blue."""
    return replace(proper, channels=(2, 1, 0))


def wrong_range(spec: Spec, proper: TestHandling) -> TestHandling:
    """0..255 normalised by a mean and deviation that are meant for 0..1."""
    return replace(proper, factor=255.0)


def normalised_twice(spec: Spec, proper: TestHandling) -> TestHandling:
    """Mean subtracted and divided by the deviation, and the same once more."""
    return replace(proper, passes=2)


NEARLY = 1 / 255


def wrong_mean_std(spec: Spec, proper: TestHandling) -> TestHandling:
    """ImageNet's for weights that expect a mean of 0.5 (Inception's, many ViTs'), 0.5 and 0.5 for all others.

    127 of 255, as EfficientNet-Lite expects it, is taken for 0.5: the other of the two would be no mistake.
    """
    mean, std = IMAGENET_INCEPTION_MEAN, IMAGENET_INCEPTION_STD
    if all(abs(here - half) <= NEARLY for here, half in zip(proper.preprocessing.mean, mean, strict=True)):
        mean, std = IMAGENET_DEFAULT_MEAN, IMAGENET_DEFAULT_STD
    return replace(proper, preprocessing=replace(proper.preprocessing, mean=mean, std=std))


def wrong_interpolation(spec: Spec, proper: TestHandling) -> TestHandling:
    """Bilinear, torchvision's default, for weights evaluated with bicubic; bicubic, timm's, for all others."""
    other = "bilinear" if proper.preprocessing.interpolation == "bicubic" else "bicubic"
    return replace(proper, preprocessing=replace(proper.preprocessing, interpolation=other))


CUSTOMARY = 224 / 256


def wrong_crop(spec: Spec, proper: TestHandling) -> TestHandling:
    """The customary 224 of 256 pixels (timm's default `crop_pct`) where the whole square is right, and the reverse."""
    crop = CUSTOMARY if proper.preprocessing.crop == 1 else 1.0
    return replace(proper, preprocessing=replace(proper.preprocessing, crop=crop))


def squashed(spec: Spec, proper: TestHandling) -> TestHandling:
    """`Resize((size, size))` instead of the shorter side and a centre crop, and the reverse; square images stay."""
    squash = not proper.preprocessing.squash
    return replace(proper, preprocessing=replace(proper.preprocessing, crop=1.0, squash=squash))


OTHER = {"IMAGENET1K_V1": "IMAGENET1K_V2", "IMAGENET1K_V2": "IMAGENET1K_V1"}


def other_version_preprocessing(spec: Spec, proper: TestHandling) -> TestHandling:
    """V2's transforms for V1 weights, and the reverse: another resize before the crop, for some another filter.

    Raises:
        ImpossibleConfiguration: the weights are not torchvision's, or there is only one version of them.
    """
    if spec.weights.name != "torchvision":
        raise ImpossibleConfiguration("evaluation: other_version_preprocessing is about weights=torchvision")
    tags = [weights.name for weights in get_model_weights(spec.backbone.name)]
    other = OTHER.get(choose(spec).name)
    if other not in tags:
        raise ImpossibleConfiguration(
            f"evaluation: {spec.backbone.name} has one version of its weights ({', '.join(tags)})"
        )
    return replace(proper, preprocessing=Preprocessing(**stated(get_model_weights(spec.backbone.name)[other])))


def answers_flipped(spec: Spec, proper: TestHandling) -> TestHandling:
    """Of the test images the fraction `evaluation.flipped` gets the answer of another class, drawn evenly."""
    return replace(proper, flipped=spec.evaluation.flipped)
