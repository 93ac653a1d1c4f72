"""`check`: one call that looks at a model before it is trained."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from harness.audit.case import Case
from harness.audit.parts.heads import spread
from harness.audit.parts.plan import Plan
from harness.audit.parts.unchecked import NotCheckedError
from harness.audit.parts.undisturbed import undisturbed
from harness.audit.report import SEVERITIES, Finding, Report, Unchecked
from harness.spec.variants import load_variant, variants

FINDINGS = "harness.audit.findings"


def check(
    model: nn.Module,
    *,
    num_classes: int | None = None,
    images: Tensor | None = None,
    labels: Tensor | None = None,
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
    subject: str | None = None,
) -> Report:
    """Look at a model before it is trained, or before it is used for inference; takes seconds and changes nothing.

    Only `model` is needed. Each further argument lets more be checked; what could not be is listed in the report.

    Args:
        num_classes: how many classes the data have.
        images: a batch as the model gets it, float [N, C, H, W]; the first 64 are used. Without, random ones are made.
        labels: the images' labels, int64 [N].
        recipe: the planned training: a mapping with `steps` and, unless `optimizer` tells, `optimizer` and `lr`;
            also `schedule` (cosine, constant, linear), `warmup_steps`, `momentum`.
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
        subject: the model's name in the report.

    Raises:
        RequestError: an argument is wrong.
    """
    case = Case(
        model=model, num_classes=num_classes, reference=reference, given_images=images, given_labels=labels,
        outputs=outputs, recipe=recipe, optimizer=optimizer, weights=weights, pipeline=preprocessing, expects=expects,
        rates=rates, pooling=pooling, purpose=purpose, learns=learns, records_gradients=torch.is_grad_enabled(),
    )  # fmt: skip
    found: list[Finding] = []
    unchecked: list[Unchecked] = []
    checked: list[str] = []
    with undisturbed(*[each for each in (model, reference) if each is not None]):
        for name in variants(FINDINGS):
            identity = name.replace("_", "-")
            try:
                found += list(load_variant(FINDINGS, name)(case))
                checked.append(identity)
            except NotCheckedError as reason:
                unchecked.append(Unchecked(identity, str(reason)))
        measured = _measured(case)
    return Report(subject or _name(model), ordered(found), tuple(unchecked), tuple(checked), measured)


def ordered(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The most serious first, then by kind and place."""
    return tuple(sorted(findings, key=lambda each: (SEVERITIES.index(each.severity), each.id, each.location)))


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
