"""The model of a run as it starts, its head fitted where the init scheme asks for that."""

from __future__ import annotations

import torch
from torch import Tensor

from harness.data.images import Dataset
from harness.model.build import Built, build
from harness.model.heads.find import head_layer
from harness.model.heads.fit import fit_head
from harness.model.init import takes_features
from harness.spec.errors import ImpossibleCell
from harness.spec.spec import Spec
from harness.spec.variants import load_variant
from harness.training.transfer._features import HeadInputs, one_linear


def prepare(spec: Spec, dataset: Dataset, train_index: Tensor, device: torch.device) -> Built:
    """Build the model, and fit its head to the images at `train_index` if the init scheme takes features.

    Raises:
        RequestError: the model cannot be built as asked.
        ImpossibleCell: this architecture cannot do it, or a head that is to be fitted is no single Linear.
    """
    built = build(spec, len(dataset.classes))
    check_fit(spec, built)
    if takes_features(load_variant("harness.model.init", spec.init.name)):
        features = HeadInputs(built, device)(dataset.train.pixels)[train_index.to(device)]
        if features.ndim != 2:
            raise ImpossibleCell(f"init: {spec.init.name} needs pooled features, {spec.backbone.name} has maps")
        labels = dataset.train.labels[train_index].to(device)
        for name in built.drawn:
            fit_head(head_layer(built.model, name), spec.init, features, labels)
    return built


def check_fit(spec: Spec, built: Built) -> None:
    """Refuse to fit a model that has no single Linear head.

    Raises:
        ImpossibleCell: the model has several heads, or its head is no Linear.
    """
    if takes_features(load_variant("harness.model.init", spec.init.name)):
        one_linear(spec, built, f"init: {spec.init.name}")
