"""What a step frees is there for the next one: the system clears no page twice."""

from __future__ import annotations

import platform
import sys

import numpy as np
import pytest

from harness.training.hardware import keep_freed_memory

MIB = 2**20


@pytest.mark.skipif(sys.platform != "linux" or platform.libc_ver()[0] != "glibc", reason="glibc's malloc")
def test_pages_of_large_blocks_are_used_again() -> None:
    import resource

    def faults() -> int:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        np.empty(64 * MIB, np.uint8).fill(1)
        return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

    keep_freed_memory()
    faults()
    assert faults() < 64 * MIB // resource.getpagesize() / 10
