"""Builds the model of a run, the same in every process: creation, head initialisation, verification of the weights."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from harness.model.channels import to_one_channel
from harness.model.creation import Created, ModelOrder
from harness.model.heads import HeadLayer, SharedHeadDraw, draw_head, find_heads, head_layer
from harness.model.options import check_options, constructor_options
from harness.model.pretrained import Preprocessing, Pretrained, preprocessing, three_channels
from harness.model.verify import Verification, verify
from harness.spec.errors import RequestError
from harness.spec.spec import KEEP_NORM, TRAIN_MODE, Spec
from harness.spec.streams import Purpose, stream
from harness.spec.variants import load_variant

if TYPE_CHECKING:
    from harness.model.exchange import Exchange

KEEP = "keep"
"""The init scheme that leaves a head as the creation method left it."""


@dataclass(frozen=True)
class Built:
    """A model before step 0, with the names of its heads and what is known of its weights.

    `optimised` are the parameters that the optimizer may hold, None for all of them; `norms` tells of norm layers that
    were exchanged; `drawn` are the heads that the init scheme is about; `head_keys` are for each head the keys of the
    weights that its values were read from, none for one that was drawn; `frozen_hash` is the backbone's where several
    runs share it and none changes it; `neck` are the layers before the head that no weights hold; `mode` is
    `creation.mode`, `frozen_norms` the transfer's.
    """

    model: nn.Module
    heads: tuple[str, ...]
    pretrained: Pretrained
    verification: Verification | None
    preprocessing: Preprocessing
    optimised: frozenset[nn.Parameter] | None = None
    norms: Exchange | None = None
    drawn: tuple[str, ...] = ()
    head_keys: tuple[tuple[str, ...], ...] = ()
    frozen_hash: str | None = None
    neck: tuple[str, ...] = ()
    mode: str = TRAIN_MODE
    frozen_norms: str = "rest"

    @property
    def on_top(self) -> tuple[str, ...]:
        """Names of all that stands on the backbone: heads and neck."""
        return (*self.heads, *self.neck)


def find_weights(spec: Spec) -> Pretrained:
    """The weights that a spec names."""
    pretrained: Pretrained = load_variant("harness.model.weights", spec.weights.name)(spec)
    return pretrained


def build(spec: Spec, num_classes: int, pretrained: Pretrained | None = None) -> Built:
    """Create the model on the CPU: images [N, 3, S, S] to logits [N, num_classes]. The random state is left as it was.

    Under `backbone.in_chans=1` its images are [N, 1, S, S]: a method makes it for three channels, the weights are
    verified in it, and then its first convolution is adapted.

    A head that is to be fitted to the data is drawn only; `transfer.parts.prepare` fits it. `pretrained` stands in for
    the weights that the spec names, where they are not at hand.

    Raises:
        RequestError: the weights do not fit the architecture, or (under `weights.verify=error`) part of the
            backbone did not come from them, or the creation method is known to be faulty.
        ImpossibleConfiguration: the architecture does not take one of the options.
    """
    pretrained = pretrained or find_weights(spec)
    order = order_of(spec, num_classes, pretrained)
    method = load_variant("harness.model.creation", spec.creation.name)
    fault = _fault(spec)
    if fault is not None and spec.weights.verify == "error":
        raise RequestError(f"{fault}; weights.verify=record accepts that")
    if spec.creation.name != "custom":
        check_options(order.library, order.architecture, order.arguments)
    created = _create(spec, order, method)
    model = created.model
    if created.renamed is not None and (read := pretrained.state_dict) is not None:
        rename = created.renamed
        pretrained = replace(pretrained, state_dict=lambda: rename(read()))
    if spec.backbone.stride is not None:
        from harness.model.exchange import set_first_stride

        set_first_stride(model, spec.backbone.stride, spec.backbone.name)
    own = spec.creation.name == "custom"
    images = torch.zeros(1, 3, spec.data.size, spec.data.size) if own else None
    heads = created.heads or find_heads(model, num_classes, images)
    check_heads(spec, model, heads)
    drawn = heads if created.drawn is None else created.drawn
    verification = None
    if pretrained.state_dict is not None:  # looked at before the head is drawn, which may come from them as well
        verification = verify(model, heads, pretrained.state_dict(), created.neck)
        reason = _not_loaded(spec, pretrained, verification)
        if reason is not None and spec.weights.verify == "error":
            raise RequestError(f"{reason}; weights.verify=record accepts that")
    for head in drawn:
        draw_head(head_layer(model, head), spec.init.name, stream(spec, "head"), spec.init.scale, spec.init.std)
    head_keys = tuple(
        () if spec.init.name != KEEP and head in drawn else keys
        for head, keys in zip(heads, verification.heads if verification else ((),) * len(heads), strict=True)
    )
    norms = _exchanged(spec, model)
    prepared = preprocessing(spec, pretrained)
    if spec.backbone.in_chans == 1:
        _take_grey(spec, model, pretrained, prepared)
    return Built(
        model,
        heads,
        pretrained,
        verification,
        prepared,
        created.optimised,
        norms,
        drawn,
        head_keys,
        neck=created.neck,
        mode=spec.creation.mode,
        frozen_norms=spec.transfer.frozen_norms,
    )


def _take_grey(spec: Spec, model: nn.Module, pretrained: Pretrained, prepared: Preprocessing) -> None:
    """One channel in place of the three that every creation method makes a model for."""
    with torch.random.fork_rng([]):
        torch.manual_seed(stream(spec, "backbone"))
        to_one_channel(
            model,
            spec.backbone.first_conv,
            three_channels(spec, pretrained),
            (prepared.mean, prepared.std),
            spec.data.size,
            spec.backbone.name,
        )


def _exchanged(spec: Spec, model: nn.Module) -> Exchange | None:
    if spec.transfer.norm == KEEP_NORM:
        return None
    from harness.model.exchange import exchange_norms

    return exchange_norms(model, spec.transfer.norm, spec.data.size, spec.backbone.name)


def refusal(spec: Spec, built: Built) -> str | None:
    """Why a run is refused unless `weights.verify=record`: a known-faulty creation method, or weights did not load."""
    verification = built.verification
    return _fault(spec) or (None if verification is None else _not_loaded(spec, built.pretrained, verification))


def _fault(spec: Spec) -> str | None:
    fault = getattr(load_variant("harness.model.creation", spec.creation.name), "fault", None)
    return None if fault is None else f"creation: in {spec.creation.name}, {fault}"


def check_heads(spec: Spec, model: nn.Module, names: Sequence[str]) -> None:
    """Raise RequestError where a creation method names a head that is no layer: Linear or convolution."""
    for name in names:
        if not isinstance(layer := model.get_submodule(name), HeadLayer):
            raise RequestError(
                f"creation: the head '{name}' of {spec.creation.name} is a {type(layer).__name__}; "
                "Created.heads names layers, Linear or convolution"
            )


def _not_loaded(spec: Spec, pretrained: Pretrained, verification: Verification) -> str | None:
    missing = verification.not_loaded if spec.backbone.pool is None else verification.lost
    if not missing:
        return None
    assert pretrained.state_dict is not None
    known = any(f".{missing[0]}".endswith(f".{key}") for key in pretrained.state_dict())
    return (
        f"weights: {len(missing)} of {verification.expected} backbone tensors did not come from {pretrained.label} "
        f"(first: {missing[0]}{'' if known else ', which the weights do not hold'})"
    )


def order_of(spec: Spec, num_classes: int, pretrained: Pretrained) -> ModelOrder:
    """What a spec asks of its creation method."""
    return ModelOrder(
        architecture=spec.backbone.name,
        num_classes=num_classes,
        library=spec.backbone.library,
        loading=pretrained.arguments,
        pretrained_classes=pretrained.num_classes,
        weights_file=pretrained.file,
        options=constructor_options(spec, pretrained),
        pool=spec.backbone.pool,
        size=spec.data.size,
        target=spec.creation.target,
        kwargs=spec.creation.kwargs,
    )


def _create(spec: Spec, order: ModelOrder, method: Callable[[ModelOrder], Any]) -> Created:
    """The creation method's model, its head drawn from the head stream, and so is a neck, taken from a second model.

    Without weights the backbone is taken from a second model, initialised without it: a backbone tensor may have as
    many rows as there are classes, and would pass for the head's.
    """

    def create(draws: AbstractContextManager[Any], purpose: Purpose = "backbone") -> Created:
        with torch.random.fork_rng():
            torch.manual_seed(stream(spec, purpose))
            with draws:
                made = method(order)
        return made if isinstance(made, Created) else Created(made)

    try:
        created = create(SharedHeadDraw(stream(spec, "head"), order.num_classes))
    except RuntimeError as error:
        if "state_dict" not in str(error):
            raise
        raise RequestError(f"weights: {_mismatch(spec, error)}") from None
    if created.neck:
        _copy(created.neck, create(nullcontext(), "head").model, created.model)
    if order.pretrained_classes is not None or spec.creation.name == "custom":
        return created
    undisturbed = create(nullcontext())
    heads = created.drawn or created.heads or find_heads(created.model, order.num_classes)
    _copy((*created.neck, *heads), created.model, undisturbed.model)
    return undisturbed


def _copy(names: Sequence[str], source: nn.Module, target: nn.Module) -> None:
    for name in names:
        target.get_submodule(name).load_state_dict(source.get_submodule(name).state_dict())


def _mismatch(spec: Spec, error: RuntimeError) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    detail = lines[1] if len(lines) > 1 else lines[0]
    shortened = detail if len(detail) <= 160 else f"{detail[:160]} ..."
    return f"{spec.weights.label or spec.weights.name} does not fit {spec.backbone.name}: {shortened}"
