"""What the processes of one run say to each other: the first leads, the others do what it says."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor

from harness.spec.errors import LostRankError
from harness.spec.machine import world

PATIENCE = timedelta(hours=1)
"""Others wait so long for the first, which evaluates and writes between two steps. Who is gone is noticed at once."""

_lost: list[LostRankError] = []
"""Who was found to be gone: a run's record tells it, and the command has to end after that."""


@dataclass(frozen=True)
class Work:
    """There are runs to come: what machine they are for, as JSON, and the kind of device."""

    machine: str
    device: str


@dataclass(frozen=True)
class BeginRun:
    """A run begins: its spec as JSON."""

    spec: str


@dataclass(frozen=True)
class RankState:
    """Network, optimizer and scaler, as torch saves them."""

    saved: bytes


@dataclass(frozen=True)
class Learn:
    """A step, of which each rank computes a share: so many images of each part of the batch, `shares` by rank.

    Inputs and targets follow as tensors, of these shapes but for the first dimension; `modes` are what learns and what
    is in training mode, None where that is as before.
    """

    rate: float
    whole: int
    shares: Sequence[Sequence[int]]
    shapes: tuple[torch.Size, torch.Size]
    dtypes: tuple[torch.dtype, torch.dtype]
    modes: tuple[tuple[bool, ...], tuple[bool, ...]] | None


@dataclass(frozen=True)
class End:
    """There is nothing more to do."""


Message = Work | BeginRun | RankState | Learn | End


@contextmanager
def joined() -> Iterator[None]:
    """A member of the group; NCCL carries tensors on GPUs, gloo all others and messages."""
    if torch.cuda.is_available():
        torch.cuda.set_device(world().local_rank % torch.cuda.device_count())
    dist.init_process_group("cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo", timeout=PATIENCE)
    try:
        yield
    finally:
        dist.destroy_process_group()


@contextmanager
def leading() -> Iterator[None]:
    """The first of the group, until whose end the others wait for work."""
    with joined():
        try:
            yield
        finally:
            with suppress(LostRankError):  # nobody may be left to hear it
                say(End())


def say(message: Message) -> None:
    """Tell all others."""
    with noticed():
        dist.broadcast_object_list([message], src=0, device=torch.device("cpu"))


def send(tensor: Tensor, rank: int) -> None:
    """Give it to one of the others."""
    with noticed():
        dist.send(tensor.contiguous(), dst=rank)


def received(shape: torch.Size, dtype: torch.dtype, device: torch.device) -> Tensor:
    """What the first one gives next."""
    tensor = torch.empty(shape, dtype=dtype, device=device)
    with noticed():
        dist.recv(tensor, src=0)
    return tensor


def hear() -> Message:
    """What the first one says next."""
    heard: list[Any] = [None]
    with noticed():
        dist.broadcast_object_list(heard, src=0, device=torch.device("cpu"))
    message: Message = heard[0]
    return message


@contextmanager
def noticed() -> Iterator[None]:
    """
    Raises:
        LostRankError: one of the processes is gone.
    """
    try:
        yield
    except RuntimeError as error:
        told = str(error).splitlines()[0].partition(". This is typically")[0]
        _lost.append(LostRankError(f"another of the {world().count} processes is gone: {told}"))
        raise _lost[-1] from error


def check_all_there() -> None:
    """
    Raises:
        LostRankError: one of the processes was found to be gone.
    """
    if _lost:
        raise _lost[0]


def backend(device: torch.device) -> str:
    """What carries the gradients."""
    return "nccl" if device.type == "cuda" else "gloo"


def added(own: Tensor) -> Tensor:
    """The sum over all ranks, which `own` becomes."""
    with noticed():
        dist.all_reduce(own)
    return own


def summed(tensors: Sequence[Tensor]) -> None:
    """Each tensor becomes the sum of it over all ranks, in one exchange."""
    flat = added(torch.cat([tensor.reshape(-1).to(tensors[0].dtype) for tensor in tensors]))
    for tensor, found in zip(tensors, flat.split([tensor.numel() for tensor in tensors]), strict=True):
        tensor.copy_(found.view(tensor.shape))


def packed(state: Any) -> RankState:
    """A state to be sent."""
    buffer = io.BytesIO()
    torch.save(state, buffer)
    return RankState(buffer.getvalue())


def unpacked(state: RankState, device: torch.device) -> Any:
    """As it was sent, on this device."""
    return torch.load(io.BytesIO(state.saved), map_location=device, weights_only=True)
