"""What reaches a model's heads, computed once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from harness.model.build import Built
from harness.model.heads import head_layer
from harness.spec.errors import ImpossibleConfiguration
from harness.spec.spec import Spec
from harness.training.batches import Normalise
from harness.training.initial_diagnostics import backbone_hash

BATCH = 128
CLOSE = 1e-4
"""Largest deviation from a model's answers, relative to their largest: what float32 leaves of another order."""
KEPT = 24  # a training part, a test part, and the test part under each kind of corruption

# The images are kept beside their features, so that their address stays theirs while it is part of the key.
_features: OrderedDict[Hashable, tuple[Tensor, Tensor]] = OrderedDict()


@dataclass(frozen=True)
class Caught:
    """What reached each head in a pass in eval mode, [N, ...], and what the model made of it."""

    inputs: tuple[Tensor, ...]
    answers: object

    @property
    def together(self) -> Tensor:
        """One head's as they are; those of several flat and side by side, [N, total]."""
        if len(self.inputs) == 1:
            return self.inputs[0]
        return torch.cat([each.flatten(1) for each in self.inputs], dim=1)

    def repeated_by(self, network: nn.Module) -> bool:
        """Whether a network gives the model's answers when it is given what reached the heads."""
        with torch.inference_mode():
            own = network.eval()(self.together)
        answers = self.answers
        if not isinstance(answers, Tensor) or own.shape != answers.shape:
            return False
        # What is no number, a run shows as its loss.
        return not bool((own - answers).abs().max() > CLOSE * answers.abs().max())


def catch(model: nn.Module, heads: Sequence[str], images: Tensor) -> Caught:
    """Pass normalised images [N, 3, S, S] through a model in eval mode; modules keep their modes.

    Raises:
        ImpossibleConfiguration: a head is not called once.
    """
    found: dict[str, list[Tensor]] = {head: [] for head in heads}

    def arrives(head: str) -> Callable[..., None]:
        return lambda module, inputs: found[head].append(inputs[0])

    modes = [(module, module.training) for module in model.modules()]
    handles = [model.get_submodule(head).register_forward_pre_hook(arrives(head)) for head in heads]
    model.eval()
    try:
        with torch.inference_mode():
            answers = model(images)
    finally:
        for handle in handles:
            handle.remove()
        for module, training in modes:
            module.training = training
    for head, inputs in found.items():
        if not inputs:
            raise ImpossibleConfiguration(
                "creation: the head is never called in the forward pass, and no features reach it"
            )
        if len(inputs) > 1:
            raise ImpossibleConfiguration(
                f"creation: {head} is called {len(inputs)} times in a forward pass; a linear probe needs it called once"
            )
    return Caught(tuple(inputs[0] for inputs in found.values()), answers)


class HeadInputs:
    """From images, uint8 [N, 3, S, S], to what reaches the heads in eval mode, on the device: [N, features] of one.

    What reaches several is flat and side by side, [N, total]; before a neck it is what reaches the neck. Models that
    differ in their heads alone share it within a process. The model is moved to the device.
    """

    def __init__(self, built: Built, device: torch.device) -> None:
        self._model = built.model.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._heads = built.neck[:1] or built.heads
        self._device = device
        self._normalise = Normalise(built.preprocessing, device)
        backbone = built.frozen_hash or backbone_hash(self._model, built.on_top)
        structure = _structure(self._model, built.on_top)
        self._identity = (backbone, structure, built.preprocessing, str(device), torch.get_num_threads())

    def __call__(self, pixels: Tensor) -> Tensor:
        """The features [N, total] of all images, uint8 [N, 3, S, S], at once.

        Raises:
            ImpossibleConfiguration: a head is not called once in a forward pass.
        """
        key = (*self._identity, pixels.data_ptr(), pixels.shape)
        if key not in _features:
            _features[key] = pixels, torch.cat([self.catch(batch).together for batch in pixels.split(BATCH)]).clone()
            while len(_features) > KEPT:
                _features.popitem(last=False)
        _features.move_to_end(key)
        return _features[key][1]

    def normalised(self, pixels: Tensor) -> Tensor:
        """Images, uint8 [N, 3, S, S], as the model takes them: float, on the device."""
        return self._normalise.stored(pixels.to(self._device))

    def catch(self, pixels: Tensor) -> Caught:
        """What reaches each head from these images, uint8 [N, 3, S, S], and what the model answers.

        Raises:
            ImpossibleConfiguration: a head is not called once in a forward pass.
        """
        return catch(self._model, self._heads, self.normalised(pixels))


def _structure(model: nn.Module, heads: tuple[str, ...]) -> Hashable:
    """What no tensor tells: strides, activations, kinds of norm."""
    modules = ((name, module) for name, module in model.named_modules() if not name.startswith(heads))
    return tuple((name, type(module).__name__, module.extra_repr()) for name, module in modules)


def one_linear(spec: Spec, built: Built, asker: str) -> nn.Linear:
    """The model's only head, which must be a Linear; `asker` is what needs it to be.

    Raises:
        ImpossibleConfiguration: the model has several heads, its head is no Linear, or a neck lies before it.
    """
    if built.neck:
        raise ImpossibleConfiguration(
            f"{asker} needs a head on the backbone itself, and {spec.creation.name} puts layers of its own between"
        )
    layer = head_layer(built.model, built.heads[0])
    if len(built.heads) != 1 or not isinstance(layer, nn.Linear):
        raise ImpossibleConfiguration(f"{asker} needs one Linear head, {spec.backbone.name} has another")
    return layer
