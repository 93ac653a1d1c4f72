"""What follows from a spec alone: the run's id, and the fields that its record holds."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from harness.spec.spec import Part, Spec, Target

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


def _takes_dropout_from_other_paths(spec: Spec) -> bool:
    """A hybrid that took dropout took stochastic depth with it; now each is a factor of its own."""
    rates = {end.regularization.drop_path_rate or 0.0 for end in made_by(spec)}
    return "dropout" in (spec.bridge.takes or ()) and len(rates) > 1


def _takes_values_without_geometry(spec: Spec) -> bool:
    """A hybrid that took preprocessing took torchvision's crop with it; now each is a factor of its own."""
    takes = "image_preprocessing" in (spec.bridge.takes or ())
    return takes and any(end.weights.name == "torchvision" for end in made_by(spec))


CHANGES: tuple[Change, ...] = (
    Change("a weights file is the tensors that timm takes from it, and checkpoint_path keeps its head", _read_by_hand),
    Change("GoogLeNet and Inception transform their input under weights from a file, too", _input_is_transformed),
    Change("a linear probe drops what its model drops", _probe_drops_otherwise),
    Change("a hybrid takes stochastic depth by itself, not with dropout", _takes_dropout_from_other_paths),
    Change("a hybrid takes crop and squashing by themselves, not with the mean", _takes_values_without_geometry),
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


LENGTH = 12


def canonical(part: Part) -> dict[str, Any]:
    """The fields that identify a part: those that are not at their default and can change the numbers."""
    fields: dict[str, Any] = {}
    changed: set[str] = set()
    for name, default in _defaults(type(part)).items():
        value = getattr(part, name)
        if isinstance(value, Part):
            nested = canonical(value)
            if nested:
                fields[name] = nested
        elif value != default:
            changed.add(name)
    return fields | part.model_dump(mode="json", include=changed) if changed else fields


@cache
def _defaults(kind: type[Part]) -> dict[str, Any]:
    """The fields that can identify a part of this kind, with what is no part of an id."""
    fields = kind.model_fields.items()
    outside = kind.outside_identity
    return {name: field.get_default(call_default_factory=True) for name, field in fields if name not in outside}


def _digest(spec: Spec, fields: dict[str, Any]) -> str:
    text = json.dumps({"numerics": numerics(spec), **fields}, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:LENGTH]


def identify(spec: Spec) -> tuple[str, str]:
    """The ids of a run and of its configuration: 12 hexadecimal digits each, equal for equal specs on every machine.

    A configuration's id is that of its spec without the seed. Runs whose split is set lie crossed, seeds by splits, in
    one: its id holds no split's number, only that there is one, since runs with a split of their own are no part of
    such a table.
    """
    fields = canonical(spec)
    run = _digest(spec, fields)
    fields.pop("seed", None)
    if spec.data.split is not None:
        fields["data"]["split"] = "crossed"
    return run, _digest(spec, fields)


def run_id(spec: Spec) -> str:
    """The id of a run; see `identify`."""
    return identify(spec)[0]


def configuration_id(spec: Spec) -> str:
    """The id of a run's configuration, `cell_id` in records; see `identify`."""
    return identify(spec)[1]


def portable(spec: Spec) -> dict[str, Any]:
    """The spec whole, but without paths of the machine."""
    fields = spec.model_dump(mode="json")
    for part, key in (("weights", "path"), ("data", "path"), ("data", "root"), ("shift", "path")):
        del fields[part][key]
    if fields["bridge"]["to"] is not None:
        del fields["bridge"]["to"]["weights"]["path"]
    return fields
