"""A step of training as one CUDA graph."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor

from harness.records.uncollected import uncollected

WARM_UP = 3
"""Steps before the capture, in which libraries allocate and choose; as many as torch's documentation takes."""

Changed = Callable[[], Sequence[Tensor]]
"""Gives all tensors that a step changes; each stays in its place."""


def captured(
    step: Callable[[], None], optimizer: torch.optim.Optimizer, changed: Changed, device: torch.device
) -> Callable[[], None]:
    """What replays the step; after its capture nothing is changed, random numbers included.

    torch's own generator of the device belongs to every graph, and goes on from replay to replay as it does from step
    to step. Source: "CUDA Graphs" in torch's notes on CUDA semantics.
    """
    stream, current = torch.cuda.Stream(device), torch.cuda.current_stream(device)
    stream.wait_stream(current)
    with torch.cuda.stream(stream):
        rehearse(step, changed, [device])
    graph = torch.cuda.CUDAGraph()
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


def rehearse(step: Callable[[], None], changed: Changed, devices: Sequence[torch.device]) -> None:
    """Take the step a few times and undo it.

    What it makes the first time stays, or each replay of a graph would make it anew: the moments of AdamW and SGD,
    which begin at zero.
    """
    before = [(tensor, tensor.clone()) for tensor in changed()]
    with torch.random.fork_rng(devices):
        for _ in range(WARM_UP):
            step()
    known = {id(tensor) for tensor, _ in before}
    with torch.no_grad():
        for tensor, value in before:
            tensor.copy_(value)
        for tensor in changed():
            if id(tensor) not in known:
                tensor.zero_()


@contextmanager
def _capturable(optimizer: torch.optim.Optimizer) -> Iterator[None]:
    """Without this torch does not let AdamW be captured; with it torch warns of every step that is not."""
    for group in optimizer.param_groups:
        group["capturable"] = True
    yield
    for group in optimizer.param_groups:
        group["capturable"] = False
