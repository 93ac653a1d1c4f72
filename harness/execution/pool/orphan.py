"""No worker outlives the process that started it."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

from harness.training.stop import Interrupted

_PR_SET_PDEATHSIG = 1


def die_with(parent: int) -> None:
    """Have the kernel end this process when its parent is gone, however that went; Linux alone can do it.

    Raises:
        Interrupted: the parent is gone already.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        raise Interrupted
