"""One channel in place of three: the first convolution of a model, made for grey.

Grey repeated three times, normalised by mean m_c and deviation s_c, and convolved with w_c is, tap by tap inside the
image, with x = mean + std · z,

    sum_c w_c (x - m_c) / s_c  =  z · [std · sum_c w_c / s_c]  +  sum_c w_c (mean - m_c) / s_c.

The first bracket is a kernel for one normalised channel, the second a kernel for a constant 1. Outside the image, where
zeros are padded, neither has a share, so that the constant is no bias: it is less along the borders. It vanishes where
the three means are equal, and becomes a bias where nothing is padded.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from timm.layers import Conv2dSame
from torch import Tensor, nn

from harness.model.pretrained import Normalisation
from harness.spec.errors import ImpossibleConfiguration

CARRIED, SUMMED, DRAWN = "carried", "summed", "drawn"
"""Values of `backbone.first_conv`."""

RGB = 3


def carried(weight: Tensor, three: Normalisation, one: Normalisation) -> tuple[Tensor, Tensor]:
    """Kernels [out, 1, h, w] for one normalised channel and for a constant 1, from [out, 3, h, w] for three.

    Together they answer grey as the three do; computed in float64, given in the weight's type.
    """
    means, deviations = (weight.new_tensor(each, dtype=torch.float64).view(1, RGB, 1, 1) for each in three)
    [mean], [deviation] = one
    scaled = weight.detach().double() / deviations
    kernel = deviation * scaled.sum(1, keepdim=True)
    constant = (scaled * (mean - means)).sum(1, keepdim=True)
    return kernel.to(weight.dtype), constant.to(weight.dtype)


def summed(weight: Tensor) -> Tensor:
    """The sum over the channels, [out, 3, h, w] to [out, 1, h, w]: timm's `adapt_input_conv`, fastai's `n_in=1`."""
    exact = weight.detach().to(torch.promote_types(weight.dtype, torch.float32))
    return exact.sum(1, keepdim=True).to(weight.dtype)


def to_one_channel(
    model: nn.Module, how: str, three: Normalisation, one: Normalisation, size: int, architecture: str
) -> None:
    """Have a model of images [N, 3, S, S] take [N, 1, S, S], whichever library made it.

    Args:
        model: changed in place; modules keep their names.
        how: `carried` keeps the function on grey, `summed` adds the three kernels up, `drawn` is a new `nn.Conv2d`
            as torch initialises it, by the random state in force.
        three: mean and deviation that the three channels are normalised by.
        one: those of the one channel.
        size: the images' side in pixels.
        architecture: for messages.

    Raises:
        ImpossibleConfiguration: no convolution takes the three channels, or one computes with its kernel otherwise
            than by a sum over channels, or the model takes the channels apart by itself.
    """
    found = first_convolutions(model)
    if not found:
        raise ImpossibleConfiguration(
            f"backbone.in_chans: no convolution of {architecture} takes the three channels of an image; use in_chans=3"
        )
    for name in found:
        parent, _, attribute = name.rpartition(".")
        layer = model.get_submodule(name)
        assert isinstance(layer, nn.Conv2d)
        if how == CARRIED and type(layer).forward not in (nn.Conv2d.forward, Conv2dSame.forward):
            raise ImpossibleConfiguration(
                f"backbone.first_conv: {type(layer).__name__} of {architecture} standardises its kernel, so nothing "
                "can be carried into it; use backbone.first_conv=summed"
            )
        setattr(model.get_submodule(parent), attribute, _adapted(layer, how, three, one))
    _state_one_channel(model)
    _try(model, size, architecture)


def first_convolutions(model: nn.Module) -> tuple[str, ...]:
    """Names of the convolutions that take an image's three channels."""
    return tuple(
        name
        for name, layer in model.named_modules()
        if isinstance(layer, nn.Conv2d) and layer.in_channels == RGB and layer.groups == 1
    )


def _adapted(layer: nn.Conv2d, how: str, three: Normalisation, one: Normalisation) -> nn.Conv2d:
    """The layer itself with another kernel, since a library's own kinds keep more than their constructor shows."""
    if how == DRAWN:
        layer.in_channels = 1
        layer.weight = nn.Parameter(layer.weight.detach()[:, :1].clone(), layer.weight.requires_grad)
        layer.reset_parameters()
        return layer
    kernels = [summed(layer.weight)]
    if how == CARRIED:
        grey, constant = carried(layer.weight, three, one)
        kernels = [grey]
        if constant.count_nonzero():
            if _pads(layer):
                kernels.append(constant)
                layer.register_forward_pre_hook(_beside_ones)
            else:
                _add_to_bias(layer, constant)
    layer.in_channels = len(kernels)
    layer.weight = nn.Parameter(torch.cat(kernels, 1), layer.weight.requires_grad)
    return layer


def _pads(layer: nn.Conv2d) -> bool:
    """Whether zeros are seen beside the image; copies of its pixels would be a constant as well."""
    stays = isinstance(layer.padding, tuple) and not any(layer.padding)
    return isinstance(layer, Conv2dSame) or (layer.padding_mode == "zeros" and not stays)


def _add_to_bias(layer: nn.Conv2d, constant: Tensor) -> None:
    bias = constant.double().sum((1, 2, 3))
    if layer.bias is not None:
        bias = bias + layer.bias.detach().double()
    layer.bias = nn.Parameter(bias.to(layer.weight.dtype), layer.weight.requires_grad)


def _beside_ones(layer: nn.Module, inputs: tuple[Tensor, ...]) -> Tensor:
    """A second channel that is 1 inside the image and 0 in its padding."""
    [images, *_] = inputs
    return torch.cat([images, torch.ones_like(images)], 1)


def _state_one_channel(model: nn.Module) -> None:
    """Models of transformers compare their images' channels with a number that they keep in several places."""
    for module in model.modules():
        places: tuple[Any, ...] = (module, getattr(module, "config", None))
        for place in places:
            if getattr(place, "num_channels", None) == RGB and not isinstance(module, nn.GroupNorm):
                place.num_channels = 1


def _try(model: nn.Module, size: int, architecture: str) -> None:
    modes = [(module, module.training) for module in model.modules()]
    try:
        with torch.random.fork_rng([]), torch.no_grad():
            model.eval()(next(model.parameters()).new_zeros(1, 1, size, size))
    except (RuntimeError, ValueError, IndexError, TypeError, AssertionError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise ImpossibleConfiguration(
            f"backbone.in_chans: {architecture} does not take one channel ({reason[:120]}); use in_chans=3"
        ) from None
    finally:
        for module, training in modes:
            module.training = training


def combines(kernel: Tensor, sources: Sequence[Tensor]) -> bool:
    """Whether each input channel of a kernel [out, n, h, w] is a mixture of the three of one of the sources.

    The mixture is the same for all outputs, as in `carried` and `summed`; least squares find it.
    """
    for source in sources:
        if source.ndim != 4 or kernel.ndim != 4 or source.shape[1] != RGB:
            continue
        if (source.shape[0], *source.shape[2:]) != (kernel.shape[0], *kernel.shape[2:]):
            continue
        columns = source.detach().cpu().double().transpose(0, 1).flatten(1).T
        wanted = kernel.detach().cpu().double().transpose(0, 1).flatten(1).T
        mixture = torch.linalg.lstsq(columns, wanted, driver="gelsd").solution
        if float((columns @ mixture - wanted).norm()) <= NEARLY * float(wanted.norm()):
            return True
    return False


NEARLY = 1e-3
"""Of a kernel's norm: half precision is finer, and a kernel drawn anew is about 1 away."""
