"""Writes the script of a run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from jinja2 import Environment, PackageLoader, StrictUndefined
from torch import nn

from harness.data.datasets.table import table_file
from harness.data.inspect import inspect
from harness.data.layout import ROLES
from harness.data.load import load
from harness.data.transforms import STEPS
from harness.diagnose.export.head import head_lines
from harness.model.build import build, find_weights, order_of
from harness.model.channels import RGB
from harness.model.heads import head_layer
from harness.model.heads.dropout import dropout_before
from harness.model.hub_folder import folder_config
from harness.model.init import takes_features
from harness.model.pretrained import preprocessing
from harness.spec.errors import RequestError
from harness.spec.identity import run_id
from harness.spec.spec import TRAIN_MODE, Data, Metrics, Recipe, Spec
from harness.spec.streams import stream
from harness.spec.variants import load_variant, suggest
from harness.training.batches import Normalise
from harness.training.head_network import TRIED_ON


def folder_faults(data: Data) -> Iterator[str]:
    """What a script would read otherwise.

    Parts of other names, files left out, links that cannot be followed, 16-bit grey; a table without its own parts.
    """
    if data.name not in READ_ALIKE or data.path is None:
        return
    try:
        source = load_variant("harness.data.datasets", data.name)(data)
    except RequestError as error:
        yield from error.faults
        return
    if data.name == "table" and (data.targets is None or source.parts.keys() != ROLES.keys()):
        yield "data.path: a script reads a table of several labels whose column split names train, val and test"
    elif data.name == "imagefolder" and (source.parts or data.reading is not None):
        yield "data.path: an exported script reads train/ and val/ in torchvision's way; this folder is read otherwise"
    if inspect(source.train).deep:
        yield "data.path: an exported script would clip 16-bit grey; store the images with 8 bits"


READ_ALIKE = ("imagefolder", "table")
"""Data sets that a script reads from their folder."""

TEMPLATES = Path(__file__).parent / "templates"
PURPOSES = ("split", "order", "augmentation", "backbone", "head", "dropout")

IN_FOLDERS = ("local_dir", "transformers_timm")
"""Creation methods that read a folder, which a script writes for itself."""

CPU = torch.device("cpu")
OWN = ("mixup", "cutmix", "ema_decay", "balance", "early_stopping")
"""Keys of the recipe that are more than a line of a script."""


def script(spec: Spec) -> str:
    """Python source that makes the same model, sees the same images in the same order, and trains alike.

    Raises:
        RequestError: part of the run exists in this package alone.
    """
    faults = list(_faults(spec))
    if faults:
        raise RequestError(faults)
    pretrained = find_weights(spec)
    prepared = preprocessing(spec, pretrained)
    if prepared.crop != 1 or prepared.squash:
        raise RequestError(
            "export: a crop of the centre and squashing are made by this package; use weights=file or hub, and "
            "weights.geometry=centre"
        )
    dataset = load(spec.data, prepared.interpolation)
    classes = len(dataset.classes)
    built = build(spec, classes)
    layers = [head_layer(built.model, name) for name in built.heads]
    if not all(isinstance(layer, nn.Linear) for layer in layers):
        raise RequestError(f"export: the head of {spec.backbone.name} is no Linear; export another backbone.name")
    trial = Normalise(prepared, CPU).stored(dataset.train.pixels[:TRIED_ON])
    dropped = dropout_before(built.model, built.heads, trial) if spec.transfer.name == "linear_probe" else ()
    environment = Environment(
        loader=PackageLoader("harness.diagnose.export"), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    order = order_of(spec, classes, pretrained)
    return (
        environment.get_template("script.py.j2")
        .render(
            spec=spec,
            run_id=run_id(spec),
            classes=classes,
            several=dataset.multilabel,
            names=dataset.classes,
            parts={name: role for role, names in ROLES.items() for name in names},
            table=table_file(spec.data.path).name if spec.data.name == "table" and spec.data.path else None,
            order=order,
            loading=_arguments(order.loading),
            options=_arguments(order.arguments),
            own_classes=_arguments(order.own_classes),
            file=str(pretrained.file) if pretrained.file else None,
            config=folder_config(order, "its folder") if spec.creation.name in IN_FOLDERS else None,
            resampled=bool(built.model._forward_pre_hooks),
            tag=pretrained.tag,
            packaged=pretrained.label if pretrained.source == "package" else None,
            optimizer_kwargs=_arguments(spec.recipe.optimizer_kwargs),
            preprocessing=prepared,
            heads=built.heads,
            dropout=dict(zip(built.heads, dropped, strict=False)),
            widths=[layer.weight.shape[1] for layer in layers],
            head=head_lines(spec, built),
            seeds={purpose: stream(spec, purpose) for purpose in PURPOSES},  # type: ignore[arg-type]
        )
        .rstrip()
        + "\n"
    )


def _arguments(values: dict[str, Any]) -> str:
    """Keyword arguments as they stand in a call, each with a comma behind it."""
    return "".join(f", {name}={value!r}" for name, value in values.items())


def _of_transformers(spec: Spec) -> Iterator[str]:
    """What of a native model of transformers only this package does."""
    if spec.creation.name != "transformers":
        yield "creation: of transformers' models a script calls transformers alone; use creation=transformers"
    if spec.weights.name == "none":
        yield "weights: a script of transformers loads weights; export weights=file or hub"
    if spec.backbone.kwargs or spec.regularization.model_dump(exclude_none=True):
        yield "backbone.kwargs: put into the configuration by this package; leave them and drop rates out of a script"


def _faults(spec: Spec) -> list[str]:
    """What of a run cannot be written down plainly."""
    found = []
    for group, name in (
        ("creation", spec.creation.name),
        ("data", spec.data.name),
        ("transforms", spec.transforms.name),
        ("recipe.schedule", spec.recipe.schedule),
    ):
        known = sorted(
            file.name.removesuffix(".py.j2") for file in (TEMPLATES / group.rpartition(".")[2]).glob("*.py.j2")
        )
        if name not in known:
            found.append(f"{group}: a script of '{name}' would need this package; {suggest(name, known)}")
    if spec.creation.mode != TRAIN_MODE:
        found.append("creation.mode: a script trains in train mode; leave it at train in an exported run")
    if spec.creation.name == "transformers_timm" and spec.weights.name in ("hub", "none"):
        found.append("weights: a script of transformers_timm reads a file; export weights=file, bundled or package")
    if spec.backbone.library == "transformers":
        found += _of_transformers(spec)
    for step in STEPS:
        if getattr(spec.transforms, step) is not None:
            found.append(f"transforms.{step}: a script of it would need this package; set it to null")
    for key in ("samples", "groups", "against_rest"):
        if getattr(spec.data, key) is not None:
            found.append(f"data.{key}: chosen by this package's own rule; leave it out of an exported run")
    if spec.data.name == "imagefolder" and spec.data.classes is not None:
        found.append("data.classes: chosen by this package's own rule; leave it out of an exported run")
    found += folder_faults(spec.data)
    if spec.transfer.name not in ("full", "linear_probe"):
        found.append(f"transfer: a script of '{spec.transfer.name}' would need this package; use full or linear_probe")
    for key in OWN:
        if getattr(spec.recipe, key) != Recipe.model_fields[key].default:
            found.append(f"recipe.{key}: done by this package; leave it out of an exported run")
    if spec.recipe.clip_mode == "agc":
        found.append("recipe.clip_mode: agc is timm's, and none of an exported run's; use norm or value")
    for key, neutral in (("batchnorm", "train"), ("norm", "keep")):
        if getattr(spec.transfer, key) != neutral:
            found.append(f"transfer.{key}: done by this package; leave it at {neutral} in an exported run")
    if spec.backbone.pool is not None and spec.creation.name == "reset_classifier":
        found.append("backbone.pool: an exported reset keeps the architecture's own; leave it out, or use create_model")
    if spec.metrics.threshold != Metrics.model_fields["threshold"].default:
        found.append("metrics.threshold: a script chooses each label's own; leave it at each in an exported run")
    if spec.evaluation.name != "proper":
        found.append(f"evaluation: a script evaluates properly; leave evaluation={spec.evaluation.name} out")
    if takes_features(load_variant("harness.model.init", spec.init.name)):
        found.append(f"init: {spec.init.name} is computed from features by this package; export another init")
    if spec.init.bias != "scheme":
        found.append("init.bias: computed from the labels by this package; leave it at scheme in an exported run")
    if spec.bridge.takes:
        found.append("bridge.takes: a hybrid is put together by this package; export one of its two ends")
    if spec.backbone.stride is not None:
        found.append("backbone.stride: set by this package after creation; leave it out of an exported run")
    if spec.backbone.in_chans != RGB:
        found.append("backbone.in_chans: adapted by this package after creation; export a run of three channels")
    return found
