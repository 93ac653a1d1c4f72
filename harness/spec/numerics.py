"""Where this package's numbers for one and the same spec changed on purpose: each change, and the specs it concerns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from harness.spec.spec import Spec, Target

BASE = 1


@dataclass(frozen=True)
class Change:
    """One change of numbers: what is true since then, and whether a spec's numbers are others than before."""

    since: str
    concerns: Callable[[Spec], bool]


def _read_by_hand(spec: Spec) -> bool:
    """Whether a head may have been drawn anew that timm keeps, or a weights file been read otherwise than by timm."""
    return any(
        part.creation.name == "checkpoint_path"
        or (
            part.weights.name == "file"
            and (part.creation.name == "load_state_dict" or part.backbone.library == "torchvision")
        )
        for part in made_by(spec)
    )


def _input_is_transformed(spec: Spec) -> bool:
    return any(
        part.backbone.library == "torchvision"
        and part.backbone.name in ("googlenet", "inception_v3")
        and part.weights.name == "file"
        and "transform_input" not in part.backbone.kwargs
        for part in made_by(spec)
    )


DROP_BY_THEMSELVES = ("ghostnet", "legacy_se", "repghostnet", "rexnet")
"""What the names of timm's architectures begin with that drop before their head unasked."""

KEEP_DROPOUT = (
    "create_model", "swap_head", "reset_classifier", "checkpoint_path", "load_state_dict", "pretrained_cfg_overlay",
    "overlay_alone", "optimizer_first", "wrong_attribute",
)  # fmt: skip
"""Creation methods whose models drop before their head at the rate asked for, in timm."""


def _probe_drops_otherwise(spec: Spec) -> bool:
    """A probe dropped at the rate asked for, and not as its model does."""
    return spec.transfer.name == "linear_probe" and any(
        end.backbone.library != "timm"
        or end.backbone.name.startswith(DROP_BY_THEMSELVES)
        or any("drop" in key for key in end.backbone.kwargs)
        or end.creation.name == "custom"
        or bool(end.regularization.drop_rate and (spec.bridge.takes or end.creation.name not in KEEP_DROPOUT))
        for end in made_by(spec)
    )


CHANGES: tuple[Change, ...] = (
    Change("a weights file is the tensors that timm takes from it, and checkpoint_path keeps its head", _read_by_hand),
    Change("GoogLeNet and Inception transform their input under weights from a file, too", _input_is_transformed),
    Change("a linear probe drops what its model drops", _probe_drops_otherwise),
)
"""In the order in which they were made. An entry is never taken out or widened: that would give old runs new ids."""


def numerics(spec: Spec) -> int:
    """What a spec's id holds beside its fields: 1, and one more for each change that concerns it.

    A run recorded before a change keeps its id where the change does not concern it, and is trained anew where it does.
    """
    return BASE + sum(change.concerns(spec) for change in CHANGES)


def made_by(spec: Spec) -> tuple[Spec | Target, ...]:
    """The groups that a run's model is made by: the spec's own, and those that a hybrid takes something from."""
    return (spec,) if spec.bridge.to is None else (spec, spec.bridge.to)
