"""The initialisation of a head: drawn alike for every creation method, or fitted to features."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from harness.model.heads.find import HeadLayer
from harness.model.init import Fit, takes_features
from harness.spec.spec import Init
from harness.spec.streams import derive
from harness.spec.variants import load_variant

_DRAWS = frozenset(
    {
        torch.Tensor.uniform_,
        torch.Tensor.normal_,
        torch.Tensor.random_,
        torch.Tensor.bernoulli_,
        torch.Tensor.exponential_,
        # torch.nn.init hands these to the mode whole, the others tensor by tensor
        nn.init.uniform_,
        nn.init.normal_,
        nn.init.kaiming_uniform_,
        nn.init.kaiming_normal_,
    }
)


def unit_draw(seed: int, shape: torch.Size) -> torch.Generator:
    """The generator behind every draw of a head tensor of this shape; a 1 x 1 convolution's is a matrix's."""
    return torch.Generator().manual_seed(derive(str(seed), "x".join(map(str, shape[:2]))))


class SharedHeadDraw(TorchFunctionMode):
    """While active, tensors with `num_classes` rows are drawn from the head stream; all others are drawn as without it.

    A draw begins at a parameter, or at the `.data` of one that was drawn before. Whatever other plain tensors are drawn
    until the next belong to it: that is how rejection sampling of truncated distributions works.
    """

    def __init__(self, seed: int, num_classes: int) -> None:
        super().__init__()
        self._seed = seed
        self._num_classes = num_classes
        self._generator: torch.Generator | None = None
        # Held, so that the memory of a parameter that is dropped cannot become that of a plain tensor.
        self._parameters: dict[int, torch.UntypedStorage] = {}

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        kwargs = kwargs or {}
        if func in _DRAWS and kwargs.get("generator") is None:
            tensor = args[0] if args else kwargs["tensor"]
            if self._begins(tensor) or self._generator is None:
                self._generator = unit_draw(self._seed, tensor.shape) if self._is_head(tensor) else None
            if self._generator is not None:
                kwargs = {**kwargs, "generator": self._generator}
        return func(*args, **kwargs)

    def _begins(self, tensor: torch.Tensor) -> bool:
        storage = tensor.untyped_storage()
        if isinstance(tensor, nn.Parameter):
            self._parameters[storage.data_ptr()] = storage
        return storage.data_ptr() in self._parameters

    def _is_head(self, tensor: torch.Tensor) -> bool:
        """Shape [classes], [classes, features] or that of a 1 x 1 convolution."""
        shape = tensor.shape
        return len(shape) > 0 and shape[0] == self._num_classes and all(side == 1 for side in shape[2:])


def draw_head(layer: HeadLayer, scheme: str, seed: int, scale: float = 1.0) -> None:
    """Initialise a head's weight and bias by a scheme, and multiply both by `scale`; `keep` scales what it finds.

    The weight is [classes, features], or that of a 1 x 1 convolution; `seed` is the run's head stream.

    A scheme that takes features starts from torch's default draw, unscaled: `fit_head` does the rest.
    """
    initialise = load_variant("harness.model.init", scheme)
    if takes_features(initialise):
        initialise, scale = load_variant("harness.model.init", "torch_default"), 1.0
    with torch.no_grad():
        matrix = layer.weight.view(layer.weight.shape[0], -1)
        bound = initialise(matrix, unit_draw(seed, matrix.shape))
        if bound is not None and layer.bias is not None:
            nn.init.uniform_(layer.bias, -bound, bound, generator=unit_draw(seed, layer.bias.shape))
        for tensor in layer.parameters():
            tensor.mul_(scale)


def fit_head(layer: HeadLayer, init: Init, features: Tensor, labels: Tensor) -> None:
    """Move a drawn head to the fitted one by the fraction `init.share` of the way, and scale both by `init.scale`.

    `features`, float [N, in_features], and `labels`, int64 [N], are those of the images to learn from.
    """
    fit: Fit = load_variant("harness.model.init", init.name)
    weight, bias = fit(features, labels, layer.weight.shape[0])
    with torch.no_grad():
        layer.weight.lerp_(weight.to(layer.weight), init.share).mul_(init.scale)
        if layer.bias is not None:
            layer.bias.lerp_(bias.to(layer.bias), init.share).mul_(init.scale)
