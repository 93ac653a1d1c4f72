"""What monitors measure with: summaries of tensors, and a look at what modules put out that leaves no trace."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor, nn

NAMES = ("mean", "std", "min", "max", "norm")


def summarise(tensor: Tensor) -> dict[str, float]:
    """Mean, standard deviation (population), minimum, maximum and L2 norm."""
    return summarise_all([tensor])[0]


def summarise_all(tensors: Sequence[Tensor]) -> list[dict[str, float]]:
    """The same of many tensors of one device, which is waited for once."""
    if not tensors:
        return []
    return [dict(zip(NAMES, row, strict=True)) for row in torch.stack(list(map(_measured, tensors))).tolist()]


def _measured(tensor: Tensor) -> Tensor:
    values = tensor.detach().float()
    std, mean = torch.std_mean(values, correction=0)
    low, high = torch.aminmax(values)
    return torch.stack([mean, std, low, high, values.norm()])


See = Callable[[str, Tensor], None]


def observe(model: nn.Module, modules: Mapping[str, nn.Module], images: Tensor, see: See) -> None:
    """Pass images through the model in eval mode and show each module's output, a tensor, to `see` as it comes.

    A module that is called several times is shown as often. Afterwards, whatever happens, no hook is left, every
    module's mode is what it was, and no random number was drawn from the caller's generator.
    """
    modes = [(module, module.training) for module in model.modules()]
    handles = []

    def shown(name: str) -> Callable[[nn.Module, object, object], None]:
        def hook(module: nn.Module, inputs: object, output: object) -> None:
            if isinstance(output, Tensor):
                see(name, output.detach())

        return hook

    try:
        handles = [module.register_forward_hook(shown(name)) for name, module in modules.items()]
        model.eval()
        devices = [images.device] if images.device.type == "cuda" else []
        with torch.no_grad(), torch.random.fork_rng(devices):
            model(images)
    finally:
        for handle in handles:
            handle.remove()
        for module, training in modes:
            module.training = training


def units(output: Tensor) -> Tensor:
    """A module's output as one row for each image and position, one column for each unit (channel or feature).

    Maps are [N, C, H, W], or [N, H, W, C] where the two sides of the (square) images come first; tokens [N, T, C].
    """
    if output.ndim == 4 and output.shape[2] == output.shape[3]:
        output = output.movedim(1, -1)
    return output.flatten(0, -2).float()
