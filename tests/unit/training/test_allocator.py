"""What a training step frees is there for the next one: the kernel maps its pages once."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

from harness.spec.machine import Machine
from harness.training import run

FAULTS = """
    import resource

    import numpy as np

    from harness.training.allocator import keep_freed_memory

    kept = keep_freed_memory()

    def step():
        return [np.ones(2**21, np.float32) for _ in range(8)]  # 64 MB in blocks of 8

    def faults():
        return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

    for _ in range(4):
        step()
    before = faults()
    for _ in range(4):
        step()
    print(faults() - before if kept else "unknown")
"""


def test_a_steps_memory_is_mapped_once() -> None:
    """Four more steps of 64 MB touch no new page; mapped anew they would be 65,536 pages of 4 KB."""
    ran = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(FAULTS)], capture_output=True, text=True, check=True
    ).stdout.strip()
    if ran == "unknown":
        pytest.skip("the C library here has no mallopt")
    assert int(ran) < 100


def test_every_run_asks_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []
    monkeypatch.setattr(run, "keep_freed_memory", lambda: asked.append(True))
    run.settle(Machine(device="cpu"))
    assert asked == [True]
