"""Heads, the layers that give a model's logits: found, drawn alike for every creation method, fitted to features."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from harness.model.init import Fit, takes_features
from harness.spec.errors import ImpossibleConfiguration
from harness.spec.streams import derive
from harness.spec.variants import load_variant

if TYPE_CHECKING:
    from harness.spec.spec import Init

HeadLayer = nn.Linear | nn.Conv2d


def head_layer(model: nn.Module, name: str) -> HeadLayer:
    """The layer behind a head's name."""
    layer = model.get_submodule(name)
    assert isinstance(layer, HeadLayer)
    return layer


def find_heads(model: nn.Module, num_classes: int | None = None, images: Tensor | None = None) -> tuple[str, ...]:
    """Names of the layers, Linear or convolution, that turn features into logits.

    timm's models say which module classifies (`get_classifier`; several for distilled models). Where that is not the
    layer itself but a module around it (norm and Linear, MLP, two heads), it is the last layer within, and whatever
    is as wide. Of any other model, and of one that cannot tell because its head was replaced by a module of another
    kind, it is the layer that the outputs for `images` come from, else the last one with `num_classes` outputs.

    Args:
        model: of whatever library.
        num_classes: width of the logits.
        images: float [N, C, H, W], where they are at hand.

    Raises:
        ImpossibleConfiguration: there is no such layer.
    """
    names = {module: name for name, module in model.named_modules()}
    told = stated(model)
    if told is not None:
        found = tuple(names[layer] for module in told for layer in _widest(module) if layer in names)
    else:
        layers = [layer for layer in names if isinstance(layer, HeadLayer)]
        fitting = tuple(names[layer] for layer in layers if num_classes in (None, layer.weight.shape[0]))
        behind = None if images is None or len(fitting) < 2 else _behind(model, images)
        found = (behind,) if behind in fitting else fitting[-1:]
    if not found:
        raise ImpossibleConfiguration(
            f"creation: {type(model).__name__} has no Linear or convolution that could be its head"
        )
    return found


def find_slots(model: nn.Module) -> tuple[str, ...]:
    """Names of the modules that stand where a head belongs: its layers, or what keeps their place without classes.

    Raises:
        ImpossibleConfiguration: there is no such place.
    """
    names = {module: name for name, module in model.named_modules()}
    kept = tuple(names[module] for module in stated(model) or () if isinstance(module, nn.Identity) and module in names)
    return kept or find_heads(model)


def within_backbone(model: nn.Module, name: str) -> bool:
    """Whether a head lies deep in the network, as Perceiver's, instead of at its end.

    Then no parameters lie beside the outermost module that holds it.
    """
    outermost = f"{name.partition('.')[0]}."
    return all(each.startswith(outermost) for each, _ in model.named_parameters())


def stated(model: nn.Module) -> tuple[nn.Module, ...] | None:
    """The modules that a model itself calls its classifiers; None where it does not tell.

    Those of timm's `get_classifier`, and VOLO's auxiliary head, whose answers are added to theirs. ConvNeXt's, Swin's
    and others' looks for a layer within `head` and raises once that is a module of another kind.
    """
    try:
        classifier: Any = cast(Any, model).get_classifier()
    except (AttributeError, IndexError, KeyError, TypeError):
        return None
    several = tuple(classifier) if isinstance(classifier, tuple | list | nn.ModuleList) else (classifier,)
    return tuple(module for module in (*several, getattr(model, "aux_head", None)) if isinstance(module, nn.Module))


def _behind(model: nn.Module, images: Tensor) -> str | None:
    """The layer whose weight is nearest to the outputs in the graph of one pass in eval mode.

    None where the pass fails, or puts out no tensor, or several layers are equally near.
    """
    weights = {layer.weight: name for name, layer in model.named_modules() if isinstance(layer, HeadLayer)}
    modes = [(module, module.training) for module in model.modules()]
    flags = [(weight, weight.requires_grad) for weight in weights]
    try:
        for weight in weights:
            weight.requires_grad_(True)
        with torch.random.fork_rng(devices=[]), torch.enable_grad():
            outputs = model.eval()(images)
    except Exception:  # whatever a user's model may raise on images that are not its own
        return None
    finally:
        for module, training in modes:
            module.training = training
        for weight, flag in flags:
            weight.requires_grad_(flag)
    front = [outputs.grad_fn] if isinstance(outputs, Tensor) and outputs.grad_fn is not None else []
    seen = set(front)
    while front:
        here = {weights[node.variable] for node in front if getattr(node, "variable", None) in weights}  # type: ignore[attr-defined]
        if here:
            return here.pop() if len(here) == 1 else None
        front = list(
            dict.fromkeys(above for node in front for above, _ in node.next_functions if above and above not in seen)
        )
        seen.update(front)
    return None


def _widest(module: nn.Module) -> list[nn.Module]:
    """The layers of a classifier that give logits: as wide as its last."""
    layers = [layer for layer in module.modules() if isinstance(layer, HeadLayer)]
    return [layer for layer in layers if layer.weight.shape[0] == layers[-1].weight.shape[0]]


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


def _stands_in(func: Callable[..., Any]) -> bool:
    """Whether it is what transformers puts in the place of `torch.nn.init`'s functions that draw, while it initialises.

    It has some that draw nothing as well, such as `constant_`.
    """
    return getattr(func, "__module__", None) == "transformers.initialization" and "generator" in _arguments(func)


@cache
def _arguments(func: Callable[..., Any]) -> frozenset[str]:
    return frozenset(inspect.signature(func).parameters)


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
        if (func in _DRAWS or _stands_in(func)) and kwargs.get("generator") is None:
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


def draw_head(layer: HeadLayer, scheme: str, seed: int, scale: float = 1.0, std: float | None = None) -> None:
    """Initialise a head's weight and bias by a scheme, and multiply both by `scale`; `keep` scales what it finds.

    A scheme that takes features starts from torch's default draw, unscaled: `fit_head` does the rest.

    Args:
        layer: its weight is [classes, features], or that of a 1 x 1 convolution.
        scheme: a module of `harness.model.init`.
        seed: the run's head stream.
        scale: `init.scale`.
        std: `init.std`, for a scheme that takes one; None is the scheme's own.
    """
    width = {} if std is None else {"std": std}
    initialise = load_variant("harness.model.init", scheme)
    if takes_features(initialise):
        initialise, scale = load_variant("harness.model.init", "torch_default"), 1.0
    with torch.no_grad():
        matrix = layer.weight.view(layer.weight.shape[0], -1)
        bound = initialise(matrix, unit_draw(seed, matrix.shape), **width)
        if bound is not None and layer.bias is not None:
            nn.init.uniform_(layer.bias, -bound, bound, generator=unit_draw(seed, layer.bias.shape))
        for tensor in layer.parameters():
            tensor.mul_(scale)


def fit_head(layer: HeadLayer, init: Init, features: Tensor, labels: Tensor) -> None:
    """Move a drawn head to the fitted one by the fraction `init.share` of the way, and scale both by `init.scale`.

    Args:
        layer: is changed in place; its weight is [classes, features].
        init: names a scheme that takes features.
        features: float [N, features], of the images to learn from.
        labels: int64 [N], of the same images.
    """
    fit: Fit = load_variant("harness.model.init", init.name)
    weight, bias = fit(features, labels, layer.weight.shape[0])
    with torch.no_grad():
        layer.weight.lerp_(weight.to(layer.weight), init.share).mul_(init.scale)
        if layer.bias is not None:
            layer.bias.lerp_(bias.to(layer.bias), init.share).mul_(init.scale)
