"""Audits what a spec describes: its model, on its validation images, with its recipe and optimizer."""

from __future__ import annotations

import importlib
import inspect
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor, nn

from harness.data.grey import require_grey
from harness.data.images import Dataset, Images
from harness.data.load import load
from harness.data.split import split
from harness.diagnose.audit._origin import read
from harness.diagnose.audit._plan import SCHEDULES
from harness.diagnose.audit._run_findings import freed, refused, renamed
from harness.diagnose.audit.examine import check, ordered
from harness.diagnose.audit.report import Report
from harness.model.build import Built
from harness.model.heads import find_heads
from harness.model.pretrained import Preprocessing, weights_structure
from harness.spec.errors import ImpossibleConfiguration, RequestError
from harness.spec.spec import Creation, Spec, Weights, in_force
from harness.spec.streams import stream
from harness.spec.variants import load_variant
from harness.training.conditions import Inputs, Transform, handling
from harness.training.hybrids.build import build, image_preprocessing, prepare
from harness.training.learner import Learner
from harness.training.recipe.optimizer import make_optimizer
from harness.training.recipe.schedules import LearningRate

IMAGES = 64
CPU = torch.device("cpu")
PROPER = "proper"
WHOLE = "full"


def audit_spec(
    spec: Spec, *, inference: bool = False, saved: Path | None = None, reference: str | None = None
) -> Report:
    """Build the model and check it on up to 64 validation images; nothing is trained.

    Args:
        spec: the run whose model, recipe, optimizer and preprocessing are audited.
        inference: whether the model is meant for inference; so it is under any `evaluation` but "proper", whose
            mistakes in modes, gradients and preprocessing are then audited.
        saved: a file with all tensors of a model of `backbone.name`, head included, in the place of a new model.
        reference: a creation method; the same model made by it is compared with.

    Raises:
        RequestError: the spec cannot be built as asked, or the file holds no tensors of that architecture.
        ImpossibleConfiguration: this architecture cannot do it.
    """
    prepared = image_preprocessing(spec)
    dataset = load(spec.data, prepared.interpolation, crop=prepared.crop, squash=prepared.squash)
    if spec.backbone.in_chans == 1:
        require_grey(dataset.train, "training")
    train, validation = split(dataset.train, spec.data.val_fraction, stream(spec, "split"))
    chosen = validation[:: max(1, len(validation) // IMAGES)][:IMAGES]
    pixels, labels = dataset.train.pixels[chosen], dataset.train.labels[chosen]
    built = prepare(accepting(spec), dataset, train, CPU) if saved is None else _restored(spec, saved)
    spec = in_force(spec)
    frozen = [name for name, each in built.model.named_parameters() if not each.requires_grad]
    loaded = {name: buffer.clone() for name, buffer in built.model.named_buffers()}
    learner = _learner(spec, built, Images(pixels, labels))
    width = built.model.get_submodule(built.heads[0]).weight
    assert isinstance(width, Tensor)
    fits = saved is None or width.shape[0] == len(dataset.classes)
    inference = inference or spec.evaluation.name != PROPER
    conditions = handling(spec, built.preprocessing)
    if inference:
        built.model.train(conditions.train_mode).requires_grad_(conditions.gradients)
    report = check(
        built.model,
        subject=_subject(spec, saved),
        num_classes=len(dataset.classes) if saved is None else None,
        images=Inputs(conditions, CPU)(pixels),
        labels=labels if fits else None,
        multilabel=dataset.multilabel and fits,
        recipe=None if inference else _recipe(spec, len(train)),
        optimizer=None if inference else make_optimizer(spec.recipe, learner.network, learner.optimised, learner.rates),
        weights=_weights(built, loaded) if saved is None else None,
        preprocessing=Transform(conditions, spec.data.size),
        expects=_expected(built.preprocessing),
        rates={key: value for key, value in spec.regularization.model_dump().items() if value},
        pooling=spec.backbone.pool,
        reference=None if reference is None else _other(spec, reference, dataset, train),
        purpose="inference" if inference else "training",
        learns=_learns(built.model, built.heads, learner),
    )
    of_run = [] if saved is not None else [*refused(spec, built), *renamed(built)]
    of_run += [] if inference else [*freed(frozen, learner.learnable, spec.transfer.name)]
    source, line = _source(spec.creation)
    return replace(report, findings=ordered([*report.findings, *of_run]), source=source, line=line)


def _learner(spec: Spec, built: Built, images: Images) -> Learner:
    """The strategy's; of a model that fails on the images, as one that computes features does, the whole."""
    try:
        learner: Learner = load_variant("harness.training.transfer", spec.transfer.name)(spec, built, images, CPU)
    except (RequestError, ImpossibleConfiguration):
        raise
    except Exception:  # whatever a user's model may raise: it is told as a finding
        learner = load_variant("harness.training.transfer", WHOLE)(spec, built, images, CPU)
    return learner


def accepting(spec: Spec) -> Spec:
    """The same request, with whatever a run would be refused for built all the same: it is what an audit is to find."""
    weights = spec.weights.model_copy(update={"verify": "record"})
    to = spec.bridge.to
    if to is None:
        return spec.model_copy(update={"weights": weights})
    to = to.model_copy(update={"weights": to.weights.model_copy(update={"verify": "record"})})
    return spec.model_copy(update={"weights": weights, "bridge": spec.bridge.model_copy(update={"to": to})})


def _expected(preprocessing: Preprocessing) -> dict[str, Any]:
    return {
        "mean": preprocessing.mean,
        "std": preprocessing.std,
        "interpolation": preprocessing.interpolation,
        "crop": preprocessing.crop,
        "crop_mode": "squash" if preprocessing.squash else "center",
    }


def _recipe(spec: Spec, images: int) -> dict[str, Any]:
    """The plan in steps; a whole number of batches is an epoch, as in the training loop.

    It bounds how far training can go: clipping, an early stop or a plateau would only shorten the way.
    """
    recipe = spec.recipe
    steps_per_epoch = images // min(recipe.batch_size, images)
    steps = recipe.epochs * steps_per_epoch
    named = recipe.schedule in SCHEDULES and not recipe.min_lr
    rates = {} if named else {"mean_rate": sum(map(LearningRate(recipe, steps_per_epoch), range(steps))) / steps}
    return {
        "optimizer": recipe.optimizer,
        "lr": recipe.lr,
        "steps": steps,
        "schedule": recipe.schedule,
        "warmup_steps": round(recipe.warmup_epochs * steps_per_epoch),
        **rates,
    }


def _weights(built: Built, loaded: Mapping[str, Tensor]) -> Any:
    """The tensors that the backbone should have come from; False where none were asked for.

    Statistics that the strategy estimated anew stand in the place of those that were `loaded`, and a neck, which no
    weights hold, is as it is.
    """
    if built.pretrained.state_dict is None or built.verification is None:
        return False
    now = {name: buffer for name, buffer in built.model.named_buffers() if name not in built.verification.not_loaded}
    anew = {name: buffer for name, buffer in now.items() if not torch.equal(buffer, loaded[name])}
    neck = tuple(f"{name}." for name in built.neck)
    own = {name: tensor for name, tensor in built.model.state_dict().items() if neck and name.startswith(neck)}
    return {**built.pretrained.state_dict(), **anew, **own}


def _learns(model: nn.Module, heads: tuple[str, ...], learner: Learner) -> Literal["all", "head"] | frozenset[str]:
    """What the strategy lets learn at some time: everything, the head alone, or the parameters named."""
    prefixes = tuple(f"{head}." for head in heads)
    if all(name.startswith(prefixes) for name in learner.learnable):
        return "head"
    return "all" if len(learner.learnable) == len(list(model.parameters())) else frozenset(learner.learnable)


def _restored(spec: Spec, file: Path) -> Built:
    """The architecture of a spec with all its tensors from a file; a file that holds code is refused."""
    if not file.is_file():
        raise RequestError(f"model: no file at {file}")
    try:
        state = read(file)
    except RequestError:
        raise RequestError(
            f"model: {file.name} cannot be read as plain tensors (safetensors, or a state dict saved by torch), and "
            "anything else could run code when it is read; save model.state_dict(), or use creation=custom"
        ) from None
    untrained = _as_trained(spec)
    [head, *_] = find_heads(build(untrained, 2).model)
    weight = state.get(f"{head}.weight")
    if weight is None:
        raise RequestError(f"model: {file.name} has no {head}.weight, the head of backbone.name={spec.backbone.name}")
    built = build(untrained, weight.shape[0])
    try:
        built.model.load_state_dict(state)
    except RuntimeError as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        raise RequestError(f"model: {file.name} does not fit {spec.backbone.name}: {lines[-1][:160]}") from None
    return built


def _as_trained(spec: Spec) -> Spec:
    """The spec without weights, its network computing as torchvision has it compute beside weights."""
    arguments = weights_structure(spec.backbone.library, spec.backbone.name) | spec.backbone.kwargs
    backbone = spec.backbone.model_copy(update={"kwargs": arguments})
    return spec.model_copy(update={"weights": Weights(name="none"), "backbone": backbone})


def _other(spec: Spec, creation: str, dataset: Dataset, train: Tensor) -> nn.Module:
    """The same model made another way."""
    return prepare(accepting(spec.model_copy(update={"creation": Creation(name=creation)})), dataset, train, CPU).model


def _subject(spec: Spec, saved: Path | None) -> str:
    if saved is not None:
        return f"{spec.backbone.name} from {saved.name}"
    return spec.creation.target or f"{spec.backbone.name} by {spec.creation.name}"


def _source(creation: Creation) -> tuple[str, int]:
    """Where a function of the user's own is written, relative to the working directory."""
    if creation.target is None:
        return "", 1
    module, _, name = creation.target.rpartition(".")
    function = getattr(importlib.import_module(module), name)
    return os.path.relpath(inspect.getsourcefile(function) or module), inspect.getsourcelines(function)[1]
