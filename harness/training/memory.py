"""Peak memory of a computation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves


class _Held(TorchDispatchMode):
    """Follows the storages that operations make, for as long as anything holds them, a graph of gradients included."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.peak: int = 0
        self._bytes: dict[StorageWeakRef, int] = {}

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        made = func(*args, **(kwargs or {}))
        given = {StorageWeakRef(leaf.untyped_storage()) for leaf in tree_leaves(args) if isinstance(leaf, Tensor)}
        for leaf in tree_leaves(made):
            if isinstance(leaf, Tensor):
                storage = leaf.untyped_storage()
                reference = StorageWeakRef(storage)
                if reference not in given:
                    self._bytes[reference] = storage.nbytes()
        self._bytes = {reference: size for reference, size in self._bytes.items() if not reference.expired()}
        self.peak = max(self.peak, sum(self._bytes.values()))
        return made


def peak_bytes(compute: Callable[[], object], device: torch.device) -> int:
    """Bytes that tensors take on the device at most while `compute` runs, beyond those that were there before.

    On a GPU the allocator's own count. Elsewhere the storages that are alive after each operation, so that what one
    operation needs for itself is not seen; the process' resident size would show the allocator's caches instead, and
    whatever other threads do.
    """
    if device.type != "cuda":
        held = _Held()
        with held:
            compute()
        return held.peak
    torch.cuda.synchronize(device)
    torch.cuda.reset_peak_memory_stats(device)
    before = torch.cuda.memory_allocated(device)
    compute()
    torch.cuda.synchronize(device)
    peak = int(torch.cuda.max_memory_allocated(device))
    return peak - before
