"""Peak memory of a computation."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch.profiler import ProfilerActivity, profile


def peak_bytes(compute: Callable[[], object], device: torch.device) -> int:
    """Bytes that tensors take on the device at most while `compute` runs, beyond those that were there before.

    On a GPU the allocator's own count. Elsewhere the sum over what torch's profiler sees allocated and freed, operation
    by operation; the process' resident size would show the allocator's caches and all that other threads do.
    """
    if device.type == "cuda":
        torch.cuda.synchronize(device)
        torch.cuda.reset_peak_memory_stats(device)
        before = torch.cuda.memory_allocated(device)
        compute()
        torch.cuda.synchronize(device)
        return torch.cuda.max_memory_allocated(device) - before
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as seen:
        kept = compute()
    del kept
    held = peak = 0
    for event in sorted(seen.events() or (), key=lambda event: event.time_range.end):
        held += event.self_cpu_memory_usage
        peak = max(peak, held)
    return peak
