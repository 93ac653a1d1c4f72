"""What is wrong with a data request, told before any training."""

from __future__ import annotations

import importlib

from harness.spec.spec import Data


def faults(spec: Data) -> list[str]:
    """One line for each fault that the data set's own check finds, without decoding an image."""
    module = importlib.import_module(f"harness.data.{spec.name}")
    check = getattr(module, "faults", None)
    return list(check(spec)) if check else []
