"""The model of any run as it starts, that of a hybrid of two creations included."""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection
from dataclasses import replace

import torch
from torch import Tensor

from harness.data.images import Dataset
from harness.model import build as models
from harness.model.build import Built, find_weights
from harness.model.heads import fit_head, head_layer
from harness.model.heads.bias import log_prior, set_bias
from harness.model.init import takes_features
from harness.model.pretrained import Preprocessing, preprocessing
from harness.spec.errors import ImpossibleConfiguration
from harness.spec.spec import Spec, end_of, ends, structure_of
from harness.spec.variants import load_variant, variants
from harness.training.hybrids.factors import Factor
from harness.training.hybrids.factors.optimiser_groups import hold_alike
from harness.training.transfer._features import HeadInputs, one_linear

FACTORS = "harness.training.hybrids.factors"


def image_preprocessing(spec: Spec) -> Preprocessing:
    """How images are prepared for a run: as its weights, or those a hybrid takes this from, require."""
    values, frame = (
        preprocessing(end, find_weights(end))
        for end in (end_of(spec, "image_preprocessing"), end_of(spec, "image_geometry"))
    )
    return replace(values, crop=frame.crop, squash=frame.squash)


def build(spec: Spec, num_classes: int) -> Built:
    """Build the model of a run; a hybrid is put together from its two ends, each built whole.

    Raises:
        RequestError: the model cannot be built as asked.
        ImpossibleConfiguration: this architecture cannot do it.
    """
    return _put_together(spec, lambda end: models.build(end, num_classes))


def prepare(spec: Spec, dataset: Dataset, train_index: Tensor, device: torch.device) -> Built:
    """Build the model of a run, and fit its head to the training images if the init scheme takes features.

    Under `init.bias=prior` its bias answers what is frequent among them.

    Args:
        spec: the run.
        dataset: the images, and how many classes there are.
        train_index: indices [N] of the training images, validation left out.
        device: where features are computed.

    Raises:
        RequestError: the model cannot be built as asked.
        ImpossibleConfiguration: this architecture cannot do it; a head that is to be fitted is not a single Linear, or
            one whose bias is to be set has none; or the ends of a hybrid whose head is fitted need their images
            resized differently.
    """
    if spec.bridge.takes and any(map(_fits_head, ends(spec))):
        shapes = {(each.interpolation, each.crop, each.squash) for each in map(image_preprocessing, ends(spec))}
        if len(shapes) > 1:
            raise ImpossibleConfiguration(
                "bridge: a head fitted to features needs images that both creations resize alike"
            )
    return _put_together(spec, lambda end: _fitted(end, dataset, train_index, device))


def check_fit(spec: Spec, built: Built) -> None:
    """Refuse to fit the head of a model that does not have a single Linear head.

    Raises:
        ImpossibleConfiguration: the model has several heads, or its head is not a Linear.
    """
    if _fits_head(spec):
        one_linear(spec, built, f"init: {spec.init.name}")


def differing_factors(first: Built, second: Built) -> dict[str, Factor]:
    """Every factor in which the two models differ, by its name."""
    found = {name: load_variant(FACTORS, name)(first, second) for name in variants(FACTORS)}
    return {name: factor for name, factor in found.items() if factor is not None}


def twin(built: Built) -> Built:
    """A copy that may be changed; the parameters that the optimizer holds are the copy's own."""
    names = dict(built.model.named_parameters())
    model = copy.deepcopy(built.model)
    held = built.optimised
    if held is not None:
        held = frozenset(tensor for name, tensor in model.named_parameters() if names[name] in held)
    return replace(built, model=model, optimised=held)


def mix(base: Built, first: Built, second: Built, takes: Collection[str]) -> Built:
    """The modules of `base`, with each factor of `second` that `takes` names, and every other factor of `first`.

    `base`, a model of its own, is changed; what is taken is copied. Each factor is written whole, whichever end it
    comes from, so that the order in which factors are named does not matter. Among themselves the initial values of a
    head come before their scale, and what the optimizer holds after all that makes parameters.

    Args:
        base: the modules; changed.
        first: the creation that everything else comes from.
        second: the other creation.
        takes: names of factors of the second.
    """
    found = differing_factors(first, second)
    for name in sorted(found):
        take = found[name].take
        if take is not None:
            base = take(base, second if name in takes else first)
    return hold_alike(base, second if "optimiser_groups" in takes else first)


def _fits_head(spec: Spec) -> bool:
    return takes_features(load_variant("harness.model.init", spec.init.name))


def _fitted(spec: Spec, dataset: Dataset, train_index: Tensor, device: torch.device) -> Built:
    built = models.build(spec, len(dataset.classes))
    check_fit(spec, built)
    if _fits_head(spec):
        features = HeadInputs(built, device)(dataset.train.pixels)[train_index.to(device)]
        if features.ndim != 2:
            raise ImpossibleConfiguration(
                f"init: {spec.init.name} needs pooled features, {spec.backbone.name} has maps"
            )
        labels = dataset.train.labels[train_index].to(device)
        for name in built.drawn:
            fit_head(head_layer(built.model, name), spec.init, features, labels)
    if spec.init.bias == "prior":
        prior = log_prior(dataset.train.labels[train_index], len(dataset.classes))
        for name in built.drawn:
            set_bias(head_layer(built.model, name), prior, name)
    return built


def _put_together(spec: Spec, make: Callable[[Spec], Built]) -> Built:
    """The model that `make` builds, or where factors are taken over a mix of those of both ends."""
    if not spec.bridge.takes:
        return make(spec)
    first, second = ends(spec)
    known = {end.model_dump_json(): make(end) for end in (first, second)}
    structure = structure_of(spec)
    base = known.get(structure.model_dump_json())
    return mix(
        make(structure) if base is None else twin(base),
        known[first.model_dump_json()],
        known[second.model_dump_json()],
        spec.bridge.takes,
    )
