"""Images on another scale, in another order, or cut otherwise than the weights expect."""

from __future__ import annotations

import random

from harness.dev.trial.rules import shows
from harness.dev.trial.subject import TrialSubject, normalised, pipeline

OTHERS = (
    ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5)),
    ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0)),
)


@shows("input-range")
def bytes_as_floats(subject: TrialSubject, generator: random.Random) -> None:
    """0..255, never scaled."""
    subject.arguments["images"] = subject.arguments["raw"].float()


@shows("input-range")
def unit_range(subject: TrialSubject, generator: random.Random) -> None:
    """0..1, never normalised."""
    subject.arguments["images"] = subject.arguments["raw"].float() / 255


@shows("input-range")
def other_constants(subject: TrialSubject, generator: random.Random) -> None:
    """Normalised as for other weights."""
    expected = tuple(subject.arguments["expects"]["mean"])
    mean, std = generator.choice([each for each in OTHERS if each[0] != expected])
    subject.arguments["images"] = normalised(subject.arguments["raw"], {"mean": mean, "std": std})


@shows("normalisation", setup="pipeline")
def other_transform(subject: TrialSubject, generator: random.Random) -> None:
    """A transform for other weights."""
    config = subject.arguments["expects"]
    mean, std = generator.choice([each for each in OTHERS if each[0] != tuple(config["mean"])])
    subject.arguments["preprocessing"] = pipeline(config, mean=mean, std=std)


@shows("channel-order", setup="pipeline")
def reversed_channels(subject: TrialSubject, generator: random.Random) -> None:
    """BGR."""
    subject.arguments["preprocessing"] = pipeline(subject.arguments["expects"], order=(2, 1, 0))


@shows("interpolation", setup="pipeline")
def nearest(subject: TrialSubject, generator: random.Random) -> None:
    """Resized without a filter."""
    subject.arguments["preprocessing"] = pipeline(subject.arguments["expects"], interpolation="nearest")


@shows("crop", setup="pipeline")
def random_crop(subject: TrialSubject, generator: random.Random) -> None:
    """The training transform, used for evaluation."""
    subject.arguments["preprocessing"] = pipeline(subject.arguments["expects"], random=True)


@shows("crop", setup="pipeline")
def tight_crop(subject: TrialSubject, generator: random.Random) -> None:
    """Half of the side is cut off."""
    subject.arguments["preprocessing"] = pipeline(subject.arguments["expects"], crop_pct=0.5)
