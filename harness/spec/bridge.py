"""The two ends of a bridge, and the hybrids between them, as specs."""

from __future__ import annotations

from collections.abc import Iterable

from harness.spec.spec import Bridge, Spec, Target

GROUPS = ("backbone", "weights", "creation", "init", "regularization")
"""What a model is made by, beside `transfer.norm`."""


def hybrid(first: Spec, second: Spec, takes: Iterable[str]) -> Spec:
    """The first creation with these factors of the second; without a factor it is the first itself."""
    wanted = tuple(sorted(takes))
    if not wanted:
        return first
    target = Target(**{group: getattr(second, group) for group in GROUPS}, norm=second.transfer.norm)
    return first.model_copy(update={"bridge": Bridge(to=target, takes=wanted)})


def ends(spec: Spec) -> tuple[Spec, Spec]:
    """The creations that a hybrid lies between; an ordinary run is both."""
    first, to = spec.model_copy(update={"bridge": Bridge()}), spec.bridge.to
    if to is None:
        return first, first
    groups = {group: getattr(to, group) for group in GROUPS}
    second = first.model_copy(update=groups)
    return first, exchanged(second, to.backbone.pool, to.norm)


def end_of(spec: Spec, factor: str) -> Spec:
    """The end that a factor of this run comes from."""
    first, second = ends(spec)
    return second if factor in (spec.bridge.takes or ()) else first


def structure_of(spec: Spec) -> Spec:
    """The creation that a hybrid's modules come from: pooling and norm layers can be exchanged in either's."""
    pool, norm = end_of(spec, "pooling").backbone.pool, end_of(spec, "normalisation").transfer.norm
    return exchanged(end_of(spec, "structure"), pool, norm)


def exchanged(spec: Spec, pool: str | None, norm: str) -> Spec:
    """A creation with another pooling and other norm layers."""
    backbone = spec.backbone.model_copy(update={"pool": pool})
    return spec.model_copy(update={"backbone": backbone, "transfer": spec.transfer.model_copy(update={"norm": norm})})


def in_force(spec: Spec) -> Spec:
    """What a strategy reads of a hybrid: each group from the end that its factor comes from."""
    if not spec.bridge.takes:
        return spec
    groups = {
        "regularization": end_of(spec, "dropout").regularization,
        "weights": end_of(spec, "loaded_weights").weights,
    }
    return structure_of(spec).model_copy(update=groups)
