"""Which kind of data this is."""

from __future__ import annotations

from collections.abc import Iterator

from harness.diagnose.analyze.facts import Facts
from harness.training.recipe.defaults import Recommendation

SMALL_SIDE = 64


def profile(facts: Facts) -> Iterator[Recommendation]:
    """CIFAR for small images (unflipped where grey), medical for large grey ones or for patients, else ImageNet."""
    side = facts.side
    if side <= SMALL_SIDE:
        reason = f"stored at {side:g} px, as CIFAR's (32 px) and Tiny-ImageNet's (64 px)"
        yield Recommendation("profile", "cifar", reason, "He et al. 2015, section 4.2: its augmentation")
        if facts.all_grey:
            reason = "small and grey, as digits and letters are, which a flip would turn into others"
            yield Recommendation("transforms", "mild", reason, "Shorten and Khoshgoftaar 2019, section on label safety")
    elif facts.all_grey or facts.train.groups is not None:
        why = "none has colour" if facts.all_grey else f"{facts.train.groups:,} groups (patients) are known"
        reason = f"{why} at {side:g} px: flips and crops may move or lose the finding"
        yield Recommendation(
            "profile", "medical", reason, "Raghu et al. 2019, Transfusion; Irvin et al. 2019, CheXpert"
        )
    else:
        reason = f"colour photographs, {side:g} px on the shorter side"
        yield Recommendation(
            "profile", "imagenet", reason, "Szegedy et al. 2014; Wightman et al. 2021, ResNet strikes back"
        )
