"""Memory that one training step frees is kept for the next one, instead of going back to the operating system.

glibc gives every large block pages of its own (from 128 KB on; it moves that bound itself, to 32 MB at most) and unmaps
them when the block is freed. A step allocates and frees hundreds of such blocks, so that its activations are mapped and
zeroed by the kernel anew each time. No number of a run depends on it. Other C libraries have no `mallopt` or an
allocator of another kind, and stay as they are.
"""

from __future__ import annotations

import ctypes
import sys

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
"""Names and values of glibc's malloc.h; see mallopt(3)."""

KEPT = 2**31 - 1
"""Bytes that may lie free at the heap's end before any go back: the most that the parameter, an int, can say."""

ALONE = (2**30, 2**25)
"""Bytes from which on a block has pages of its own; some releases refuse more than half of a heap of 64 MB. With the
first, an epoch of MobileNetV2 at 160 px took 61 CPU seconds, without any 89; and 8 % more memory."""


def keep_freed_memory() -> bool:
    """Tell glibc to keep what is freed, up to 2 GiB; whether it could be told. Doing so twice changes nothing."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is None:
        return False
    return bool(mallopt(M_TRIM_THRESHOLD, KEPT)) and any(mallopt(M_MMAP_THRESHOLD, alone) for alone in ALONE)
