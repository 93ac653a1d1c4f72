"""Builds the model of any run, hybrid or not."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from harness.data.images import Dataset
from harness.model import build as models
from harness.model.build import Built, find_weights
from harness.model.init import takes_features
from harness.model.preprocessing import Preprocessing, preprocessing
from harness.spec.bridge import end_of, ends, structure_of
from harness.spec.errors import ImpossibleCell
from harness.spec.spec import Spec
from harness.spec.variants import load_variant
from harness.training import prepare as transfer
from harness.training.hybrids.mix import mix, twin


def image_preprocessing(spec: Spec) -> Preprocessing:
    """How images are prepared for a run: as the weights want it, in a hybrid those that it takes this from."""
    end = end_of(spec, "image_preprocessing")
    return preprocessing(end, find_weights(end))


def build(spec: Spec, num_classes: int) -> Built:
    """As `models.build.build`; a hybrid is put together from its two ends, each built whole."""
    return _put_together(spec, lambda end: models.build(end, num_classes))


def prepare(spec: Spec, dataset: Dataset, train_index: Tensor, device: torch.device) -> Built:
    """As `transfer.parts.prepare.prepare`, for hybrids too.

    Raises:
        ImpossibleCell: a head is fitted to features, and the ends want their images resized differently.
    """
    if spec.bridge.takes and any(
        takes_features(load_variant("harness.model.init", end.init.name)) for end in ends(spec)
    ):
        shapes = {(each.interpolation, each.crop) for each in map(image_preprocessing, ends(spec))}
        if len(shapes) > 1:
            raise ImpossibleCell("bridge: a head fitted to features needs images that both creations resize alike")
    return _put_together(spec, lambda end: transfer.prepare(end, dataset, train_index, device))


def _put_together(spec: Spec, make: Callable[[Spec], Built]) -> Built:
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
