"""What is wrong with a data request, told before any training."""

from __future__ import annotations

import importlib

from harness.data.depth import depth_faults
from harness.data.inspect import inspect
from harness.data.labels import class_faults
from harness.data.open import open_source, usable
from harness.spec.errors import RequestError
from harness.spec.spec import Data


def faults(spec: Data) -> list[str]:
    """One line for each fault of the data: in their files, their labels, or what is asked of them.

    A data set whose module has `faults(spec)` is left to that; any other is opened, and its images are read once.
    """
    check = getattr(importlib.import_module(f"harness.data.datasets.{spec.name}"), "faults", None)
    if check is not None:
        return list(check(spec))
    try:
        source = open_source(spec)
    except RequestError as error:
        return list(error.faults)
    found: list[str] = []
    try:
        kept, _ = usable(source.train, spec, "training")
        found += class_faults(kept, source.classes)
    except RequestError as error:
        found += error.faults
    try:
        tested = usable(source.test(), spec, "test")[0]
        if not found:
            found += depth_faults(inspect(kept), inspect(tested), spec.depth)
    except RequestError as error:
        found += error.faults
    return found
