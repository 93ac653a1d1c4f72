"""Rules of hybrids."""

from __future__ import annotations

from collections.abc import Iterator

from harness.spec.bridge import ends
from harness.spec.rules.fault import no_effect
from harness.spec.rules.model import model
from harness.spec.spec import Spec


def bridge(spec: Spec) -> Iterator[str]:
    """Half a bridge, and what the creation at its far end may not be."""
    to, takes = spec.bridge.to, spec.bridge.takes
    if takes is None:
        if to is not None:
            yield no_effect("bridge.to", "without bridge.takes, the traits to take over")
        return
    if to is None:
        yield "bridge.takes: needs bridge.to, the creation that the traits are taken from"
        return
    if (to.backbone.library, to.backbone.name) != (spec.backbone.library, spec.backbone.name):
        yield f"bridge.to: a hybrid has one architecture, got {spec.backbone.name} and {to.backbone.name}"
    yield from (f"bridge.to: {fault}" for fault in model(ends(spec)[1]))
