"""What a training step frees is there for the next one: the kernel maps its pages once."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

FAULTS = """
    import resource

    import torch

    from harness.spec.machine import Machine
    from harness.training.allocator import keep_freed_memory
    from harness.training.run import settle

    if not keep_freed_memory():
        print("unknown")
        raise SystemExit
    settle(Machine(device="cpu"))

    def step():
        return [torch.ones(2**21) for _ in range(8)]  # 64 MB in blocks of 8

    def faults():
        return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

    for _ in range(4):
        step()
    before = faults()
    for _ in range(4):
        step()
    print(faults() - before)
"""


def test_a_steps_memory_is_mapped_once() -> None:
    """Four more steps of 64 MB touch no new page; mapped anew they would be 65,536 pages of 4 KB."""
    ran = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(FAULTS)], capture_output=True, text=True, check=True
    ).stdout.strip()
    if ran == "unknown":
        pytest.skip("the C library here has no mallopt")
    assert int(ran) < 100
