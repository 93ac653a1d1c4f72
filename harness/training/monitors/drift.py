"""How far the representation has moved from where it started."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from harness.model.stages import find_stages
from harness.training.monitors import Monitor, Watched, observe


def linear_cka(first: Tensor, second: Tensor) -> float:
    """Linear centred kernel alignment of two representations [N, D] and [N, E] of the same images, 0 to 1.

    ‖YᵀX‖² / (‖XᵀX‖ ‖YᵀY‖) of centred columns (Kornblith et al. 2019, equation 4), by the N x N kernels, in double
    precision; NaN where one of them is the same for all images.
    """
    kernels = []
    for features in (first, second):
        centred = features.double() - features.double().mean(dim=0)
        kernels.append(centred @ centred.T)
    return float((kernels[0] * kernels[1]).sum() / (kernels[0].norm() * kernels[1].norm()))


class _Drift(Monitor):
    def __init__(self, watched: Watched) -> None:
        self._watched = watched

    def start(self) -> None:
        model, images = self._watched.model, self._watched.images()
        modes = [(module, module.training) for module in model.modules()]
        try:
            stages = find_stages(model.eval(), self._watched.heads, images[:1])
        finally:
            for module, training in modes:
                module.training = training
        self._stages = {
            layer: stage.name
            for stage in stages
            for layer in dict.fromkeys(name.rpartition(".")[0] for name in stage.parameters)
            if layer not in self._watched.heads
        }
        self._start = self._look()

    def finish(self) -> dict[str, Any]:
        return {stage: linear_cka(self._start[stage], output) for stage, output in self._look().items()}

    def _look(self) -> dict[str, Tensor]:
        """What the last layer of each stage puts out, averaged over positions, and what reaches the head."""
        model, found = self._watched.model, dict[str, Tensor]()
        layers = {name: model.get_submodule(name) for name in self._stages}

        def see(name: str, output: Tensor) -> None:
            found[self._stages[name]] = _pooled(output)

        head = model.get_submodule(self._watched.heads[0])
        handle = head.register_forward_pre_hook(
            lambda module, inputs: found.update(head_input=_pooled(inputs[0].detach()))
        )
        try:
            observe(model, layers, self._watched.images(), see)
        finally:
            handle.remove()
        return found


def _pooled(output: Tensor) -> Tensor:
    if output.ndim == 4 and output.shape[2] == output.shape[3]:
        return output.mean(dim=(2, 3))
    return output.flatten(1, -2).mean(dim=1) if output.ndim > 2 else output


def drift(watched: Watched) -> Monitor:
    """Linear CKA between start and end, on the fixed validation images in eval mode; 1 is unmoved.

    | key | meaning |
    | --- | --- |
    | `stem`, `stage1`, ... | what the last layer of each stage puts out, averaged over positions |
    | `head_input` | what reaches the head |
    """
    return _Drift(watched)
