"""`check`: one call that looks at a model before it is trained."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from harness.diagnose.audit._batches import MOST_IMAGES, read_images
from harness.diagnose.audit._computed import refreshed
from harness.diagnose.audit._heads import spread
from harness.diagnose.audit._labels import IGNORED, read_labels
from harness.diagnose.audit._plan import Plan
from harness.diagnose.audit._unchecked import NotCheckedError
from harness.diagnose.audit._undisturbed import undisturbed
from harness.diagnose.audit._unwrap import eagerly, plain, unwrapped
from harness.diagnose.audit.case import Case
from harness.diagnose.audit.report import SEVERITIES, Finding, Report, Unchecked
from harness.spec.errors import RequestError
from harness.spec.variants import load_variant, variants

FINDINGS = "harness.diagnose.audit.findings"


def check(
    model: nn.Module,
    *,
    num_classes: int | None = None,
    images: Any = None,
    labels: Any = None,
    recipe: Plan | Mapping[str, Any] | None = None,
    optimizer: Optimizer | None = None,
    weights: Mapping[str, Tensor] | str | Path | bool | None = None,
    preprocessing: Any = None,
    expects: Any = None,
    rates: Mapping[str, float] | None = None,
    pooling: str | None = None,
    reference: nn.Module | None = None,
    outputs: Tensor | None = None,
    purpose: Literal["training", "inference"] = "training",
    learns: Literal["all", "head"] | frozenset[str] | None = None,
    ignore_index: int = IGNORED,
    subject: str | None = None,
) -> Report:
    """Look at a model before it is trained, or before it is used for inference; takes seconds and changes nothing.

    Only `model` is needed. Each further argument lets more be checked; what could not be is listed in the report.

    Args:
        num_classes: how many classes the data have.
        images: a batch as the model gets it, float [N, C, H, W], of which the first 64 are used; or a data set or
            DataLoader, of which 64 are taken, with their labels. Without, random ones are made.
        labels: the images' labels: class numbers in a tensor, array or list, [N] or [N, 1], or one-hot [N, classes].
        recipe: the planned training: a mapping with `steps` (or `epochs` with `batch_size`, and `samples` unless
            `images` is all the data) and, unless `optimizer` tells, `optimizer` and `lr`; also `schedule` (cosine,
            constant, linear), `warmup_steps`, `momentum`.
        optimizer: the optimiser as it was made, for its parameter groups.
        weights: what the backbone should have come from: a state dict or a file (safetensors, or tensors saved by
            torch). True: pretrained weights, file unknown; False: none, the network is to be trained from scratch.
        preprocessing: what evaluation images go through: a callable on PIL images (tried out), or a mapping with
            `mean`, `std`, `interpolation`, `crop_pct`.
        expects: what the weights expect, where timm does not say: torchvision weights, their transforms, or a mapping.
        rates: the drop rates asked for, by timm's names (`drop_rate`, `attn_drop_rate`, `proj_drop_rate`,
            `drop_path_rate`).
        pooling: the pooling asked for, where it is not the architecture's own.
        reference: a second model, made another way, to be compared with.
        outputs: what your own evaluation code got for `images`.
        purpose: what the model is about to be used for, in the state that it is in.
        learns: which parameters are meant to learn: all, the head's, or those named.
        ignore_index: the label that the loss passes over; torch's cross-entropy passes over -100.
        subject: the model's name in the report.

    Raises:
        RequestError: an argument is wrong.
    """
    given, (model, start) = model, unwrapped(model)
    reference = None if reference is None else unwrapped(reference)[0]
    _hold_values(model)
    wrapped = model is not given
    found: list[Finding] = []
    unchecked: list[Unchecked] = []
    checked: list[str] = []
    models = [each for each in (model, reference) if each is not None]
    recorded = torch.is_grad_enabled()
    with undisturbed(*models), refreshed(*models), eagerly():
        batch = read_images(images, preprocessing)
        labels = batch.labels if labels is None else labels
        case = Case(
            model=model, num_classes=num_classes, reference=reference, given_images=batch.images,
            given_labels=None if labels is None else read_labels(labels), outputs=outputs, recipe=recipe,
            optimizer=optimizer, weights=_plain_keys(weights) if wrapped else weights, pipeline=preprocessing,
            expects=expects, rates=rates, pooling=pooling, purpose=purpose,
            learns=frozenset(map(plain, learns)) if isinstance(learns, frozenset) else learns,
            records_gradients=recorded, ignore_index=ignore_index, start=start, samples=batch.samples,
            steps_per_epoch=batch.steps_per_epoch,
        )  # fmt: skip
        _agree(case)
        for name in variants(FINDINGS):
            identity = name.replace("_", "-")
            try:
                found += list(load_variant(FINDINGS, name)(case))
                checked.append(identity)
            except NotCheckedError as reason:
                unchecked.append(Unchecked(identity, str(reason)))
        measured, failure, heads = _measured(case), case.failure, case.known_heads
    return Report(
        subject or _name(model),
        ordered(found),
        tuple(unchecked),
        tuple(checked),
        measured,
        failure=failure,
        heads=heads,
    )


def ordered(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The most serious first, then by kind and place."""
    return tuple(sorted(findings, key=lambda each: (SEVERITIES.index(each.severity), each.id, each.location)))


def _hold_values(model: nn.Module) -> None:
    """
    Raises:
        RequestError: tensors are on the meta device, which keeps shapes alone.
    """
    named = [*model.named_parameters(), *model.named_buffers()]
    empty = [name for name, each in named if each.is_meta]
    if empty:
        raise RequestError(
            f"model: {len(empty)} of its {len(named)} tensors are on the meta device, which keeps no values "
            f"({empty[0]}); give it memory with model.to_empty(device='cpu') and load its weights first"
        )


def _agree(case: Case) -> None:
    """
    Raises:
        RequestError: images and labels are not of one length, or the images are no batch.
    """
    images, labels = case.given_images, case.given_labels
    if images is not None and not isinstance(images, Tensor):
        raise RequestError(f"images: needs a tensor, got {type(images).__name__}")
    if images is not None and (not images.ndim or not len(images)):
        raise RequestError(f"images: needs a batch [N, C, H, W] with N > 0, got the shape {tuple(images.shape)}")
    if images is not None and labels is not None and len(labels) < min(len(images), MOST_IMAGES):
        raise RequestError(f"labels: {len(labels)} labels for {len(images)} images")


def _plain_keys(weights: Any) -> Any:
    """A state dict that was taken from a wrapped model, as one of the model inside."""
    return {plain(name): each for name, each in weights.items()} if isinstance(weights, Mapping) else weights


def _measured(case: Case) -> dict[str, float]:
    """The numbers that most findings are about."""
    try:
        return {
            "classes": case.logits.shape[1],
            "initial loss": case.initial_loss,
            "ln(classes)": case.uniform_loss,
            "logit spread": case.logit_spread,
            "head std": spread(case.head_weight),
        }
    except NotCheckedError:
        return {}


def _name(model: nn.Module) -> str:
    config = getattr(model, "pretrained_cfg", None)
    known = config.get("architecture") if isinstance(config, Mapping) else None
    return str(known or type(model).__name__)
