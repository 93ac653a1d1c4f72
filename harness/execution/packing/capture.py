"""A step of training as one CUDA graph."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor

from harness.records.store import uncollected

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
