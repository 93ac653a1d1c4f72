"""Linear probe: the backbone is frozen in eval mode, its features are computed once, and the head learns on them."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Hashable

import torch
from torch import Tensor, nn

from harness.data.parts.images import Images
from harness.heads.find import head_layer
from harness.models.build import Built
from harness.probes.birth import backbone_hash
from harness.spec.errors import ImpossibleCell
from harness.spec.spec import Spec
from harness.transfer.parts.batches import image_batches
from harness.transfer.parts.handling import Context, handle_batchnorm
from harness.transfer.parts.learner import Learner, Take
from harness.transfer.parts.pixels import Normalise, unit_range

BATCH = 128
KEPT = 8

# The images are kept beside their features, so that their address stays theirs while it is part of the key.
_features: OrderedDict[Hashable, tuple[Tensor, Tensor]] = OrderedDict()


def linear_probe(spec: Spec, built: Built, images: Images, device: torch.device) -> Learner:
    """The head alone learns, after the head's dropout, on the features that reach it in eval mode.

    Runs that differ in nothing that the features depend on share them within a process.

    Raises:
        ImpossibleCell: the model has several heads, or its head is no Linear.
    """
    check_linear_probe(spec, built)
    model = built.model.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    batches_of_images = image_batches(spec, built.preprocessing, device)
    handling = handle_batchnorm(Context(spec, built, images, device, batches_of_images))
    model.eval().requires_grad_(False)
    head = head_layer(model, built.heads[0]).requires_grad_(True)
    normalise = Normalise(built.preprocessing, device)
    identity = (backbone_hash(model, built.heads), built.preprocessing, str(device), torch.get_num_threads())

    def encode(pixels: Tensor) -> Tensor:
        key = (*identity, pixels.data_ptr(), pixels.shape)
        if key not in _features:
            _features[key] = pixels, _compute(model, head, pixels, normalise, device)
            while len(_features) > KEPT:
                _features.popitem(last=False)
        _features.move_to_end(key)
        return _features[key][1]

    def batches(images: Images) -> Take:
        features = encode(images.pixels)
        return lambda index, generator: features[index]

    started = time.perf_counter()
    take = batches(images)
    network = nn.Sequential(nn.Dropout(spec.regularization.drop_rate or 0.0), head)
    return Learner(
        network=network,
        take=take,
        other=batches,
        learnable={f"{built.heads[0]}.{name}": parameter for name, parameter in head.named_parameters()},
        train=network.train,
        optimised=built.optimised,
        features_s=time.perf_counter() - started,
        facts=handling.facts,
    )


def check_linear_probe(spec: Spec, built: Built) -> None:
    """Refuse a model that has no single Linear head.

    Raises:
        ImpossibleCell: the model has several heads, or its head is no Linear.
    """
    if len(built.heads) != 1 or not isinstance(head_layer(built.model, built.heads[0]), nn.Linear):
        raise ImpossibleCell(f"transfer: linear_probe needs one Linear head, {spec.backbone.name} has another")


def _compute(model: nn.Module, head: nn.Module, images: Tensor, normalise: Normalise, device: torch.device) -> Tensor:
    """Whatever reaches the head, [N, features], image batch by image batch."""
    caught: list[Tensor] = []
    handle = head.register_forward_pre_hook(lambda module, inputs: caught.append(inputs[0]))
    try:
        with torch.inference_mode():
            for batch in images.split(BATCH):
                model(normalise(unit_range(batch.to(device))))
    finally:
        handle.remove()
    if not caught:
        raise ImpossibleCell("transfer: linear_probe: the head is never called in the forward pass")
    return torch.cat(caught).clone()
