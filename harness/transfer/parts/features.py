"""What reaches a model's head, computed once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable

import torch
from torch import Tensor, nn

from harness.heads.find import head_layer
from harness.models.build import Built
from harness.probes.parts.birth import backbone_hash
from harness.spec.errors import ImpossibleCell
from harness.spec.spec import Spec
from harness.transfer.parts.pixels import Normalise

BATCH = 128
KEPT = 24  # a training part, a test part, and the test part under each kind of corruption

# The images are kept beside their features, so that their address stays theirs while it is part of the key.
_features: OrderedDict[Hashable, tuple[Tensor, Tensor]] = OrderedDict()


class HeadInputs:
    """From images, uint8 [N, 3, S, S], to what reaches the head in eval mode, [N, features], on the device.

    Models that differ in their heads alone share it within a process. The model is moved to the device.
    """

    def __init__(self, built: Built, device: torch.device) -> None:
        self._model = built.model.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._head = built.heads[0]
        self._device = device
        self._normalise = Normalise(built.preprocessing, device)
        backbone = built.frozen_hash or backbone_hash(self._model, built.heads)
        structure = _structure(self._model, built.heads)
        self._identity = (backbone, structure, built.preprocessing, str(device), torch.get_num_threads())

    def __call__(self, pixels: Tensor) -> Tensor:
        """The features of all images at once.

        Raises:
            ImpossibleCell: the head is never called.
        """
        key = (*self._identity, pixels.data_ptr(), pixels.shape)
        if key not in _features:
            _features[key] = pixels, self._compute(pixels)
            while len(_features) > KEPT:
                _features.popitem(last=False)
        _features.move_to_end(key)
        return _features[key][1]

    def _compute(self, pixels: Tensor) -> Tensor:
        modes = [(module, module.training) for module in self._model.modules()]
        caught: list[Tensor] = []
        head = head_layer(self._model, self._head)
        handle = head.register_forward_pre_hook(lambda module, inputs: caught.append(inputs[0]))
        self._model.eval()
        try:
            with torch.inference_mode():
                for batch in pixels.split(BATCH):
                    self._model(self._normalise.stored(batch.to(self._device)))
        finally:
            handle.remove()
            for module, training in modes:
                module.training = training
        if not caught:
            raise ImpossibleCell("creation: the head is never called in the forward pass, and no features reach it")
        return torch.cat(caught).clone()


def _structure(model: nn.Module, heads: tuple[str, ...]) -> Hashable:
    """What no tensor tells: strides, activations, kinds of norm."""
    modules = ((name, module) for name, module in model.named_modules() if not name.startswith(heads))
    return tuple((name, type(module).__name__, module.extra_repr()) for name, module in modules)


def one_linear(spec: Spec, built: Built, asker: str) -> nn.Linear:
    """The model's only head, which must be a Linear; `asker` is what needs it to be.

    Raises:
        ImpossibleCell: the model has several heads, or its head is no Linear.
    """
    layer = head_layer(built.model, built.heads[0])
    if len(built.heads) != 1 or not isinstance(layer, nn.Linear):
        raise ImpossibleCell(f"{asker} needs one Linear head, {spec.backbone.name} has another")
    return layer
