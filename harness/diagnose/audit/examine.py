"""`check`: one call that looks at a model before it is trained."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from harness.diagnose.audit._heads import spread
from harness.diagnose.audit._inputs import IGNORED, MOST_IMAGES, read_images, read_labels
from harness.diagnose.audit._plan import Plan
from harness.diagnose.audit._undisturbed import eagerly, undisturbed
from harness.diagnose.audit._wrappers import name_inside, refreshed, unwrapped
from harness.diagnose.audit.case import Case
from harness.diagnose.audit.report import SEVERITIES, Finding, NotCheckedError, Report, Unchecked
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
    multilabel: bool = False,
    ignore_index: int = IGNORED,
    subject: str | None = None,
) -> Report:
    """Examine an image classifier before it is trained or used, and report what will cost accuracy.

    A check takes seconds on a CPU, trains nothing and changes nothing: parameters, buffers, modes, gradients and random
    states are afterwards what they were. Only `model` is needed. Every further argument lets more be checked; the
    report lists what was not checked and which argument it needs.

    Args:
        model: any `nn.Module` that maps images, float [N, C, H, W], to logits, [N, classes]; also compiled, parallel,
            pruned, or adapted by peft. An output object with `logits`, as transformers', is understood.
        num_classes: number of classes of the data.
        images: a batch as the model gets it, float [N, C, H, W] (the first 64 are used); or a `Dataset`, a
            `DataLoader` or batches one by one, of which 64 are taken, with their labels. By default 4 synthetic,
            normalised images.
        labels: the images' labels: class numbers in a tensor, array or list, [N] or [N, 1], or one-hot [N, classes]; of
            several labels an image rows of 0 and 1, [N, L], each judged by itself (binary cross-entropy).
        recipe: the planned training, a mapping: `steps`, or `epochs` with `batch_size` (and `samples`, unless
            `images` is the whole training set); `optimizer` (default "adamw") and `lr` (default 1e-3), unless
            `optimizer=` tells; `schedule` ("cosine", "constant" or "linear"); `warmup_steps`; `momentum`.
        optimizer: the optimizer as it was made, for its parameter groups.
        weights: what the backbone should have come from: a state dict, or a file (safetensors, or tensors saved by
            torch). True: pretrained weights of whatever origin. False: none, the network is trained from scratch.
        preprocessing: what evaluation images go through: a callable on PIL images, which is tried out, or a mapping
            with `mean`, `std`, `interpolation`, `crop_pct`.
        expects: what the weights expect, where the model does not say so itself, as timm's models do: torchvision
            weights, their transforms, or a mapping as for `preprocessing`.
        rates: the drop rates asked for, by timm's names: `drop_rate`, `attn_drop_rate`, `proj_drop_rate`,
            `drop_path_rate`; each within 0..1.
        pooling: the pooling asked for, by timm's name, where it is not the architecture's own.
        reference: a second model, made another way, to compare with.
        outputs: what your own evaluation code got for `images`, float [N, classes].
        purpose: "training" or "inference": what the model is about to be used for, in its present state.
        learns: which parameters are meant to learn: "all", "head", or a frozenset of their names.
        multilabel: the rows of `labels` are several labels an image, also where each of them has a single 1.
        ignore_index: the label that the loss ignores; -100 is that of torch's cross-entropy.
        subject: the model's name in the report; by default its architecture or class.

    Returns:
        The findings, the most serious first, each with what was seen, why it matters and how to fix it; the numbers
        measured; what was not checked, and why. `report.ok` is whether the model could be run and nothing serious was
        found; `print(report)` is the report for people.

    Raises:
        RequestError: an argument is wrong, the model's tensors are on the meta device, or a weights file cannot be
            read. What is wrong with the model itself is never raised: it is a finding.

    Example:
        A new head registered under a name that the forward pass never uses, then a healthy model:

        >>> import timm, torch
        >>> model = timm.create_model("test_resnet", num_classes=1000)
        >>> model.classifier = torch.nn.Linear(96, 10)
        >>> report = check(model, num_classes=10, weights=False)
        >>> for finding in report.findings:
        ...     print(finding.severity, finding.id, "->", finding.fix)
        error output-width -> model.reset_classifier(10)
        error unused-classifier -> model.fc = torch.nn.Linear(96, 10)
        >>> model = timm.create_model("test_resnet", num_classes=10)
        >>> check(model, num_classes=10, weights=False, recipe={"lr": 1e-3, "steps": 500}).ok
        True
    """
    given, (model, start) = model, unwrapped(model)
    reference = None if reference is None else unwrapped(reference)[0]
    _hold_values(model)
    models = [each for each in (model, reference) if each is not None]
    records_gradients = torch.is_grad_enabled()
    with undisturbed(*models), refreshed(*models), eagerly():
        batch = read_images(images, preprocessing)
        labels = batch.labels if labels is None else labels
        read = None if labels is None else read_labels(labels, multilabel)
        rows = read if read is not None and read.ndim == 2 else None
        case = Case(
            model=model,
            start=start,
            num_classes=num_classes if rows is None else rows.shape[1],
            given_images=batch.images,
            given_labels=read if rows is None else None,
            label_rows=rows,
            ignore_index=ignore_index,
            samples=batch.samples,
            steps_per_epoch=batch.steps_per_epoch,
            recipe=recipe,
            optimizer=optimizer,
            learns=frozenset(map(name_inside, learns)) if isinstance(learns, frozenset) else learns,
            weights=weights if model is given else _names_inside(weights),
            pipeline=preprocessing,
            expects=expects,
            rates=rates,
            pooling=pooling,
            reference=reference,
            outputs=outputs,
            purpose=purpose,
            records_gradients=records_gradients,
        )
        _agree(case, num_classes)
        return _examined(case, subject or _name(model))


def _examined(case: Case, subject: str) -> Report:
    """Ask every finding in turn."""
    found: list[Finding] = []
    unchecked: list[Unchecked] = []
    checked: list[str] = []
    for name in variants(FINDINGS):
        identity = name.replace("_", "-")
        try:
            found += list(load_variant(FINDINGS, name)(case))
            checked.append(identity)
        except NotCheckedError as reason:
            unchecked.append(Unchecked(identity, str(reason)))
    return Report(
        subject,
        ordered(found),
        tuple(unchecked),
        tuple(checked),
        _measured(case),
        failure=case.failure,
        heads=case.known_heads,
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


def _agree(case: Case, num_classes: int | None) -> None:
    """
    Raises:
        RequestError: images and labels are not of one length, the images are no batch, or there are other labels than
            was said.
    """
    images, labels = case.given_images, case.given_labels if case.label_rows is None else case.label_rows
    if case.label_rows is not None and num_classes not in (None, case.label_rows.shape[1]):
        raise RequestError(f"labels: {case.label_rows.shape[1]} labels an image, and num_classes={num_classes}")
    if images is not None and not isinstance(images, Tensor):
        raise RequestError(f"images: needs a tensor, got {type(images).__name__}")
    if images is not None and (not images.ndim or not len(images)):
        raise RequestError(f"images: needs a batch [N, C, H, W] with N > 0, got the shape {tuple(images.shape)}")
    if images is not None and labels is not None and len(labels) < min(len(images), MOST_IMAGES):
        raise RequestError(f"labels: {len(labels)} labels for {len(images)} images")


def _names_inside(weights: Any) -> Any:
    """A state dict that was taken from a wrapped model, as one of the model inside."""
    return {name_inside(name): each for name, each in weights.items()} if isinstance(weights, Mapping) else weights


def _measured(case: Case) -> dict[str, float]:
    """The numbers that most findings are about; none where they cannot be measured."""
    try:
        return {
            "classes": case.logits.shape[1],
            "initial loss": case.initial_loss,
            "ln(classes)" if case.label_rows is None else "ln(2)": case.uniform_loss,
            "logit spread": case.logit_spread,
            "head std": spread(case.head_weight),
        }
    except NotCheckedError:
        return {}


def _name(model: nn.Module) -> str:
    config = getattr(model, "pretrained_cfg", None)
    known = config.get("architecture") if isinstance(config, Mapping) else None
    return str(known or type(model).__name__)
