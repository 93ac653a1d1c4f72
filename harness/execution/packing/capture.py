"""Steps of training as one CUDA graph."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch
from torch import Tensor

from harness.records.store import uncollected
from harness.spec.spec import Spec
from harness.training.hardware import Hardware
from harness.training.learner import Learner
from harness.training.recipe.objective import Loss
from harness.training.step import Step, cut

WARM_UP = 3
"""Steps before the capture, in which libraries allocate and choose; as many as torch's documentation takes."""

Changed = Callable[[], Sequence[Tensor]]
"""Gives all tensors that a step changes; each stays in its place."""


def captured(
    step: Callable[[], None],
    changed: Changed,
    device: torch.device,
    *,
    optimizer: torch.optim.Optimizer | None = None,
    drawn_from: Sequence[torch.Generator] = (),
) -> Callable[[], None]:
    """What replays the step; after its capture nothing is changed, random numbers included.

    torch's own generator of the device belongs to every graph, as do those in `drawn_from` to this one: they go on from
    replay to replay as they do from step to step. `optimizer` is one of torch's, where the step calls it. Source: "CUDA
    Graphs" in torch's notes on CUDA semantics.
    """
    stream, current = torch.cuda.Stream(device), torch.cuda.current_stream(device)
    stream.wait_stream(current)
    with torch.cuda.stream(stream):
        rehearse(step, changed, [device], drawn_from)
    graph = torch.cuda.CUDAGraph()
    for generator in drawn_from:
        graph.register_generator_state(generator)
    # Threads that prepare batches may allocate pinned memory meanwhile: only this one is to be watched.
    with (
        torch.cuda.device(device),
        uncollected(),  # an older graph must not be freed while another is captured
        _capturable(optimizer),
        torch.cuda.graph(graph, stream=stream, capture_error_mode="thread_local"),
    ):
        step()
    current.wait_stream(stream)
    replay: Callable[[], None] = graph.replay
    return replay


def rehearse(
    step: Callable[[], None],
    changed: Changed,
    devices: Sequence[torch.device],
    drawn_from: Sequence[torch.Generator] = (),
) -> None:
    """Take the step a few times and undo it.

    What it makes the first time stays, or each replay of a graph would make it anew: the moments of AdamW and SGD,
    which begin at zero.
    """
    before = [(tensor, tensor.clone()) for tensor in changed()]
    states = [generator.get_state() for generator in drawn_from]
    with torch.random.fork_rng(devices):
        for _ in range(WARM_UP):
            step()
    for generator, state in zip(drawn_from, states, strict=True):
        generator.set_state(state)
    known = {id(tensor) for tensor, _ in before}
    with torch.no_grad():
        for tensor, value in before:
            tensor.copy_(value)
        for tensor in changed():
            if id(tensor) not in known:
                tensor.zero_()


@contextmanager
def _capturable(optimizer: torch.optim.Optimizer | None) -> Iterator[None]:
    """Without this torch does not let AdamW be captured; with it torch warns of every step that is not."""
    groups = [] if optimizer is None else optimizer.param_groups
    for group in groups:
        group["capturable"] = True
    yield
    for group in groups:
        group["capturable"] = False


class StaticStep(Step):
    """The ordinary step on buffers that stay where they are, the learning rate among them.

    On a CUDA device its first call captures all of it as one graph, and every call replays that; elsewhere it is
    called as it is. What is random or made anew for a batch (order, crops, flips, mixing) comes before it, and what
    looks at the weights (averaging, evaluation) after it. Shapes, parts and what learns must stay as they are.

    The rate is a float32 there, as torch's fused kernels read it.
    """

    name = "static"
    fused = True

    def __init__(self, spec: Spec, learner: Learner, criterion: Loss, hardware: Hardware) -> None:
        super().__init__(spec, learner, criterion, hardware)
        self._device = hardware.device
        self._rate = torch.zeros((), device=self._device)
        self._rates = [torch.zeros_like(self._rate) for _ in self.optimizer.param_groups]
        self._given: tuple[Tensor, Tensor] | None = None
        self._compute_all: Callable[[], None] | None = None

    def __call__(self, inputs: Tensor, targets: Tensor, rate: float, parts: int) -> None:
        """As the ordinary step; always with as many inputs and parts."""
        self._rate.fill_(rate)  # a kernel's argument, where a copy from the host would wait for the device
        if self._given is None:
            self._given = inputs.clone(), targets.clone()
        else:
            for held, given in zip(self._given, (inputs, targets), strict=True):
                held.copy_(given)
        if self._compute_all is None:
            step = partial(self._static, *self._given, parts)
            if self._device.type == "cuda":
                self._compute_all = captured(step, self._changed, self._device, optimizer=self.optimizer)
            else:
                self._compute_all = step
        self._compute_all()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from there; the optimizer has other tensors then, and is captured anew."""
        super().load_state_dict(state)
        self._compute_all = None

    def _static(self, inputs: Tensor, targets: Tensor, parts: int) -> None:
        for group, held in zip(self.optimizer.param_groups, self._rates, strict=True):
            group["lr"] = torch.mul(self._rate, group.get("lr_scale", 1.0), out=held)
        self._compute(cut(inputs, targets, parts), len(inputs))

    def _changed(self) -> list[Tensor]:
        """All that a step changes; what the optimizer holds of a parameter is there after the first one."""
        moments = [each for own in self.optimizer.state.values() for each in own.values() if isinstance(each, Tensor)]
        return [*self._network.parameters(), *self._network.buffers(), self.total, *moments]
