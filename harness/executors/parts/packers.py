"""The executors that pack runs, in the order in which `auto` tries them."""

from __future__ import annotations

from harness.executors import fused, probe
from harness.executors.parts.kind import Kind

PACKERS: tuple[Kind, ...] = (probe.KIND, fused.KIND)
